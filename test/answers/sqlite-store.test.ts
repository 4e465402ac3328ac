import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { getuid } from 'node:process'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { openSqliteStore } from '../../pipeline/answers/sqlite-store.ts'
import { UserError } from '../../pipeline/records/user-error.ts'
import { withTemporaryFolder } from '../shards/temporary-folder.ts'
import { makeEntry } from './stored-answers.ts'
import { describeAnswerStore, pathOf } from './store-contract.ts'

describeAnswerStore('SQLite', (folder, name) => openSqliteStore(pathOf(folder, name)))

/** The error of opening the store; the file must be byte for byte as it was. */
async function refuse(path: string): Promise<UserError> {
  const before = await readFile(path)
  try {
    await openSqliteStore(path).close()
  } catch (error) {
    expect(await readFile(path)).toEqual(before)
    if (error instanceof UserError) return error
    throw error
  }
  throw new Error('expected an error, got an open store')
}

describe('opening refuses, without a change to the file,', () => {
  test('a store of a newer version', () =>
    withTemporaryFolder(async (folder) => {
      const path = pathOf(folder)
      await openSqliteStore(path).close()
      const database = new DatabaseSync(path)
      database.exec('PRAGMA user_version=99')
      database.close()
      const error = await refuse(path)
      expect(error).toMatchObject({ code: 'answer_store', where: path })
      expect(error.remedy).toContain('newer')
    }))

  test('a database of another program', () =>
    withTemporaryFolder(async (folder) => {
      const path = pathOf(folder)
      const database = new DatabaseSync(path)
      database.exec("CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('mine')")
      database.close()
      expect(await refuse(path)).toMatchObject({ code: 'answer_store', where: path })
      expect(await readdir(folder)).toEqual(['answers.db'])
    }))

  test('an empty database that another program has claimed', () =>
    withTemporaryFolder(async (folder) => {
      const path = pathOf(folder)
      const database = new DatabaseSync(path)
      database.exec('PRAGMA application_id=77')
      database.close()
      expect((await refuse(path)).message).toContain('another program')
    }))

  test.each([
    ['a text file', 'name: demo\n'.repeat(500)],
    ['a short text file', 'hello'],
    ['half a database', ''],
  ])('%s', (what, text) =>
    withTemporaryFolder(async (folder) => {
      const path = pathOf(folder)
      if (what === 'half a database') {
        const store = openSqliteStore(path)
        await store.put(makeEntry())
        await store.close()
        await writeFile(path, (await readFile(path)).subarray(0, 6000))
      } else {
        await writeFile(path, text)
      }
      expect(await refuse(path)).toMatchObject({ code: 'answer_store', where: path })
    }),
  )
})

test('a folder in place of the file, or a file in place of its folder, is a user error', async () => {
  await withTemporaryFolder(async (folder) => {
    await mkdir(pathOf(folder))
    expect(() => openSqliteStore(pathOf(folder))).toThrow(expect.objectContaining({ code: 'answer_store' }))
    await writeFile(join(folder, 'file'), 'x')
    expect(() => openSqliteStore(join(folder, 'file', 'answers.db'))).toThrow(
      expect.objectContaining({ code: 'answer_store', remedy: expect.stringContaining('`store`') }),
    )
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('x')
  })
})

test('a folder that may not be written is a user error', async (context) => {
  if (getuid?.() === 0) context.skip('root may write everywhere')
  await withTemporaryFolder(async (folder) => {
    await openSqliteStore(pathOf(folder)).close()
    await chmod(pathOf(folder), 0o444)
    await chmod(folder, 0o555)
    expect(() => openSqliteStore(pathOf(folder))).toThrow(expect.objectContaining({ code: 'answer_store' }))
    await chmod(folder, 0o755)
  })
})

test('a file of no bytes becomes a new store, and missing folders are made', async () => {
  await withTemporaryFolder(async (folder) => {
    await writeFile(pathOf(folder), '')
    const store = openSqliteStore(pathOf(folder))
    await store.put(makeEntry())
    await store.close()
    await openSqliteStore(join(folder, 'deep', 'down', 'answers.db')).close()
    expect(await readdir(join(folder, 'deep', 'down'))).toEqual(['answers.db'])
  })
})

test('a system text that many requests share is stored once', async () => {
  await withTemporaryFolder(async (folder) => {
    const store = openSqliteStore(pathOf(folder))
    const system = { role: 'system', content: 'policy '.repeat(2000) } as const
    for (let n = 0; n < 50; n += 1) {
      await store.put(makeEntry({ messages: [system, { role: 'user', content: `${n}` }] }))
    }
    await store.close()
    expect((await readFile(pathOf(folder))).length).toBeLessThan(200_000)
  })
})

test('a put that fails is told to its caller, and the next one is taken', async () => {
  await withTemporaryFolder(async (folder) => {
    const store = openSqliteStore(pathOf(folder))
    const bad = { ...makeEntry(), latencyMs: 0.5 }
    await expect(store.put(bad)).rejects.toThrow()
    const good = makeEntry({ repeat: 1 })
    await store.put(good)
    expect(await store.find(good.digest)).toEqual(good)
    expect(await store.get(bad.digest)).toBeNull()
    await store.close()
  })
})
