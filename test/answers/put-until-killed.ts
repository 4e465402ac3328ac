// Puts answers into the store named on the command line, by path or by URL of a database, until it is killed; prints each
// digest once its put resolved.
import { writeSync } from 'node:fs'
import { openPostgresStore } from '../../pipeline/answers/postgres-store.ts'
import { openSqliteStore } from '../../pipeline/answers/sqlite-store.ts'
import { makeEntry } from './stored-answers.ts'

const [path = '', run = ''] = process.argv.slice(2)
const store = path.startsWith('postgres:')
  ? await openPostgresStore({ url: path, name: 'a test' })
  : openSqliteStore(path)

async function putForEver(worker: number): Promise<never> {
  for (let n = 0; ; n += 1) {
    const user = { role: 'user', content: `run ${run}, worker ${worker}, question ${n}` } as const
    const entry = makeEntry({ messages: [{ role: 'system', content: `system ${n}` }, user] })
    await store.put(entry)
    writeSync(1, `${entry.digest}\n`)
  }
}

await Promise.all(Array.from({ length: 8 }, (_, worker) => putForEver(worker)))
