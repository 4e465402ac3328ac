// Puts answers into the store named on the command line and is killed in the next turn of the event loop, before any put
// can have resolved.
import { openSqliteStore } from '../../pipeline/answers/sqlite-store.ts'
import { makeEntries } from './stored-answers.ts'

const [path = ''] = process.argv.slice(2)
const store = openSqliteStore(path)
for (const entry of makeEntries(20)) void store.put(entry)
// Behind the store's own, which was asked for first.
setImmediate(() => process.kill(process.pid, 'SIGKILL'))
