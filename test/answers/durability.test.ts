import { spawn } from 'node:child_process'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { digestRequest } from '../../pipeline/answers/request-digest.ts'
import { createLogSync } from '../../pipeline/answers/log-sync.ts'
import { openSqliteStore } from '../../pipeline/answers/sqlite-store.ts'
import { collect, withTemporaryFolder } from '../shards/temporary-folder.ts'
import { compileCache } from '../cli/run-cli.ts'
import { makeEntries } from './stored-answers.ts'
import { pathOf } from './store-contract.ts'

const script = fileURLToPath(import.meta.resolve('./put-until-killed.ts'))
const kills = 20

function startWriter(path: string, run: number) {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, path, String(run)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
  })
  return { child, lines: createInterface({ input: child.stdout }), closed: once(child, 'close') }
}

test(`every put that resolved before one of ${kills} kills is found afterwards, with its request`, async () => {
  await withTemporaryFolder(async (folder) => {
    const path = pathOf(folder)
    const resolved: string[] = []
    for (let run = 0; run < kills; run += 1) {
      const { child, lines, closed } = startWriter(path, run)
      let isFirst = true
      for await (const line of lines) {
        if (line.length === 64) resolved.push(line)
        if (isFirst) void sleep(Math.random() * 60).then(() => child.kill('SIGKILL'))
        isFirst = false
      }
      await closed
      expect(child.signalCode).toBe('SIGKILL')
    }
    expect(resolved.length).toBeGreaterThan(kills * 5)
    const store = openSqliteStore(path)
    try {
      for (const digest of resolved) expect(await store.get(digest)).not.toBeNull()
      const entries = await collect(store.entries())
      for (const { digest, request } of entries) expect(digestRequest(request)).toBe(digest)
      // Beyond what was printed there may be what was committed but not yet printed: one a worker and kill.
      expect(entries.length).toBeLessThanOrEqual(resolved.length + kills * 8)
    } finally {
      await store.close()
    }
  })
})

test('answers that came one turn of the event loop before a kill are found afterwards', async () => {
  await withTemporaryFolder(async (folder) => {
    const path = pathOf(folder)
    const dying = fileURLToPath(import.meta.resolve('./put-and-die.ts'))
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', dying, path], { stdio: 'inherit' })
    await once(child, 'close')
    expect(child.signalCode).toBe('SIGKILL')
    const store = openSqliteStore(path)
    expect(await store.count()).toMatchObject({ answers: 20 })
    await store.close()
  })
})

test('a second process writes while this one reads, and neither waits for the other', async () => {
  await withTemporaryFolder(async (folder) => {
    const path = pathOf(folder)
    const store = openSqliteStore(path)
    const { child, lines, closed } = startWriter(path, 0)
    const own = makeEntries(50)
    let seen = 0
    for await (const digest of lines) {
      expect(await store.get(digest)).not.toBeNull()
      const entry = own[seen]
      if (entry) await store.put(entry)
      seen += 1
      if (seen === 60) child.kill('SIGKILL')
    }
    await closed
    expect(seen).toBeGreaterThanOrEqual(60)
    expect((await store.count()).answers).toBeGreaterThanOrEqual(60 + own.length)
    await store.close()
  })
})

test('a store behind a link keeps what is put into it: the log stands beside the file itself', async () => {
  await withTemporaryFolder(async (folder) => {
    await mkdir(join(folder, 'disk'))
    await openSqliteStore(join(folder, 'disk/real.db')).close()
    await symlink(join(folder, 'disk/real.db'), join(folder, 'link.db'))
    const store = openSqliteStore(join(folder, 'link.db'))
    for (const entry of makeEntries(3)) await store.put(entry)
    expect(await store.count()).toMatchObject({ answers: 3 })
    await store.close()
  })
})

test('a log that cannot be synced is said with a remedy, and is tried again with the next answer', async () => {
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, 'log')
    const log = createLogSync(path)
    await expect(log.sync()).rejects.toMatchObject({ code: 'ENOENT' })
    await writeFile(path, '')
    await log.sync()
    await log.close()
  })
})
