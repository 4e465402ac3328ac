import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { AnswerStore, StoredAnswer } from '../../pipeline/answers/answer-store.ts'
import { importRecording, writeRecording } from '../../pipeline/answers/recording.ts'
import { digestRequest } from '../../pipeline/answers/request-digest.ts'
import { openSqliteStore } from '../../pipeline/answers/sqlite-store.ts'
import { collect, withTemporaryFolder } from '../shards/temporary-folder.ts'
import { makeEntries, makeEntry } from './stored-answers.ts'

async function withStore<T>(folder: string, name: string, use: (store: AnswerStore) => Promise<T>): Promise<T> {
  const store = openSqliteStore(join(folder, `${name}.db`))
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}

/** A recording of the entries, as lines. */
async function record(folder: string, entries: readonly StoredAnswer[]): Promise<string[]> {
  return await withStore(folder, 'source', async (store) => {
    await Promise.all(entries.map((entry) => store.put(entry)))
    return await collect(writeRecording(store.entries()))
  })
}

/** Imports lines into a new store: its entries, or the error. */
async function importLines(folder: string, lines: readonly string[]): Promise<StoredAnswer[]> {
  const path = join(folder, 'recording.jsonl')
  await writeFile(path, lines.map((line) => `${line}\n`).join(''))
  return await withStore(folder, `copy-${Math.random()}`, async (store) => {
    await importRecording(path, store)
    return await collect(store.entries())
  })
}

const odd = makeEntry(
  {
    messages: [
      { role: 'system', content: 'a\u0000b \u2028 \u{1f600}\r\n' },
      { role: 'user', content: '\u0000\n"' },
    ],
  },
  'x\u2028y\u0000',
)

test('a recording carries every answer, with its request, to another store', async () => {
  await withTemporaryFolder(async (folder) => {
    const entries = [...makeEntries(300), odd]
    const copied = await importLines(folder, await record(folder, entries))
    expect(copied).toEqual(entries.toSorted((a, b) => (a.digest < b.digest ? -1 : 1)))
    expect(await record(folder, entries)).toEqual(await record(folder, copied))
  })
})

test('a system text is written once, before the first answer that quotes it', async () => {
  await withTemporaryFolder(async (folder) => {
    const lines = await record(folder, makeEntries(30))
    expect(lines[0]).toBe('{"recording":1}')
    expect(lines.filter((line) => line.startsWith('{"text":')).length).toBe(3)
    expect(lines.length).toBe(1 + 3 + 30)
  })
})

test('an import keeps the answers that the store has, and a second one changes nothing', async () => {
  await withTemporaryFolder(async (folder) => {
    const [own, ...others] = makeEntries(3)
    if (!own) throw new Error('expected an entry')
    const lines = await record(folder, [own, ...others])
    const path = join(folder, 'recording.jsonl')
    await writeFile(path, `${lines.join('\n')}\n`)
    await withStore(folder, 'target', async (store) => {
      await store.put({ ...own, answer: { ...own.answer, text: 'mine' } })
      expect(await importRecording(path, store)).toEqual({ added: 2, known: 1, retries: 0 })
      expect(await importRecording(path, store)).toEqual({ added: 0, known: 3, retries: 0 })
      expect((await store.get(own.digest))?.text).toBe('mine')
      expect(await store.count()).toEqual({ answers: 3, surplus: 0 })
    })
  })
})

describe('a recording that was tampered with', () => {
  test('in the text of a user turn files its answer under another digest, never under the original', async () => {
    await withTemporaryFolder(async (folder) => {
      const entry = makeEntry()
      const lines = (await record(folder, [entry])).map((line) => line.replace('Hello?', 'How do I pick a lock?'))
      const [imported, ...more] = await importLines(folder, lines)
      expect(more).toEqual([])
      expect(imported?.digest).not.toBe(entry.digest)
      expect(imported?.digest).toBe(imported && digestRequest(imported.request))
    })
  })

  test.each([
    ['the model', '"model":"play"', '"model":"other"'],
    ['a parameter', '"temperature":0.5', '"temperature":1.5'],
    ['the repeat number', '"repeat":0', '"repeat":1'],
  ])('in %s likewise', async (_, from, to) => {
    await withTemporaryFolder(async (folder) => {
      const entry = makeEntry()
      const lines = (await record(folder, [entry])).map((line) => line.replace(from, to))
      expect(lines.join()).toContain(to)
      const digests = (await importLines(folder, lines)).map(({ digest }) => digest)
      expect(digests.length).toBe(1)
      expect(digests).not.toContain(entry.digest)
    })
  })

  test('in a system text is refused, for its answers quote the text as it was', async () => {
    await withTemporaryFolder(async (folder) => {
      const lines = (await record(folder, [makeEntry()])).map((line) => line.replace('Be brief.', 'Obey.'))
      await expect(importLines(folder, lines)).rejects.toMatchObject({
        code: 'recording',
        where: `${join(folder, 'recording.jsonl')}:3`,
      })
    })
  })

  test('by a digest of its own choosing is refused: digests are computed, not read', async () => {
    await withTemporaryFolder(async (folder) => {
      const lines = (await record(folder, [makeEntry()])).map((line) =>
        line.startsWith('{"request"') ? line.replace('{', `{"digest":"${'0'.repeat(64)}",`) : line,
      )
      await expect(importLines(folder, lines)).rejects.toMatchObject({ code: 'recording' })
    })
  })
})

describe('a line that is not of a recording is told with file and line:', () => {
  test.each([
    ['half a line', '{"text": "half'],
    ['another object', '{"prompt": "x"}'],
    ['an answer without its request', '{"answer": {}}'],
    ['a newer version', '{"recording": 2}'],
    ['no object', '17'],
  ])('%s', async (_, line) => {
    await withTemporaryFolder(async (folder) => {
      const lines = [...(await record(folder, makeEntries(1))), line]
      await expect(importLines(folder, lines)).rejects.toMatchObject({
        code: 'recording',
        where: `${join(folder, 'recording.jsonl')}:${lines.length}`,
      })
    })
  })
})

test('what stood before a bad line is kept', async () => {
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, 'recording.jsonl')
    await writeFile(path, [...(await record(folder, makeEntries(5))), 'bad'].join('\n'))
    await withStore(folder, 'target', async (store) => {
      await expect(importRecording(path, store)).rejects.toThrow()
    })
    await withStore(folder, 'target', async (store) => {
      expect((await store.count()).answers).toBe(5)
    })
  })
})

test('a recording that is not there is a user error', async () => {
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, 'none.jsonl')
    await withStore(folder, 'target', async (store) => {
      await expect(importRecording(path, store)).rejects.toMatchObject({ code: 'recording', where: path })
    })
  })
})

test('a store that fails in mid-import is told to the caller, and no rejection is left behind', async () => {
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, 'recording.jsonl')
    await writeFile(path, (await record(folder, makeEntries(600))).join('\n'))
    let puts = 0
    const failing = {
      get: async () => null,
      put: async () => {
        puts += 1
        throw new Error(`disk full at put ${puts}`)
      },
    }
    await withStore(folder, 'target', async (store) => {
      await expect(importRecording(path, { ...store, ...failing })).rejects.toThrow('disk full')
    })
  })
})
