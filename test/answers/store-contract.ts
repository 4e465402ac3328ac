import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AnswerStore } from '../../pipeline/answers/answer-store.ts'
import { collect, withTemporaryFolder } from '../shards/temporary-folder.ts'
import { requests } from './any-request.ts'
import { answer, makeEntries, makeEntry, makeRetry } from './stored-answers.ts'

/** Opens the store of a test; the same `name` opens the same store again. */
export type OpenStore = (folder: string, name?: string) => AnswerStore | Promise<AnswerStore>

/** What every answer store must do, whatever it is made of. */
export function describeAnswerStore(kind: string, open: OpenStore): void {
  const withStore = async (use: (store: AnswerStore, folder: string) => Promise<void>): Promise<void> =>
    await withTemporaryFolder(async (folder) => {
      const store = await open(folder)
      try {
        await use(store, folder)
      } finally {
        await store.close()
      }
    })

  describe(`${kind}: an answer store`, () => {
    test('has nothing before anything was put', () =>
      withStore(async (store) => {
        expect(await store.get(makeEntry().digest)).toBeNull()
        expect(await store.find(makeEntry().digest)).toBeNull()
        expect(await collect(store.entries())).toEqual([])
        expect(await store.count()).toEqual({ answers: 0, surplus: 0 })
      }))

    test('gives back what was put, with its request', () =>
      withStore(async (store) => {
        const entry = makeEntry()
        expect(await store.put(entry)).toEqual(entry.answer)
        expect(await store.get(entry.digest)).toEqual(entry.answer)
        expect(await store.find(entry.digest)).toEqual(entry)
        expect(await collect(store.entries())).toEqual([entry])
        expect(await store.count()).toEqual({ answers: 1, surplus: 0 })
      }))

    test('keeps an answer without usage, of no category, and each way to finish', () =>
      withStore(async (store) => {
        const finishes = ['complete', 'refused', 'content_filter', 'truncated', 'context_length'] as const
        const entries = finishes.map((finish, repeat) => {
          const entry = makeEntry({ repeat })
          return { ...entry, category: null, answer: { ...answer, finish, usage: null, refusal: 'no' } }
        })
        await Promise.all(entries.map((entry) => store.put(entry)))
        for (const entry of entries) expect(await store.find(entry.digest)).toEqual(entry)
      }))

    test('keeps the first answer of a digest; the second is paid for too and counted as surplus', () =>
      withStore(async (store) => {
        const [first, second] = [makeEntry({}, 'first'), makeEntry({}, 'second')]
        await store.put(first)
        expect((await store.put(second)).text).toBe('first')
        expect((await store.get(first.digest))?.text).toBe('first')
        expect(await collect(store.entries())).toEqual([first])
        expect(await store.count()).toEqual({ answers: 1, surplus: 1 })
      }))

    test('lets the first of two answers that are put at once win for both', () =>
      withStore(async (store) => {
        const texts = ['first', 'second', 'third']
        const used = await Promise.all(texts.map((text) => store.put(makeEntry({}, text))))
        expect(used.map(({ text }) => text)).toEqual(['first', 'first', 'first'])
        expect(await store.count()).toEqual({ answers: 1, surplus: 2 })
      }))

    test('holds n answers for n repeats of a request', () =>
      withStore(async (store) => {
        const entries = [0, 1, 2].map((repeat) => makeEntry({ repeat }, `draw ${repeat}`))
        for (const entry of entries) await store.put(entry)
        for (const entry of entries) expect((await store.get(entry.digest))?.text).toBe(entry.answer.text)
        expect(await store.count()).toEqual({ answers: 3, surplus: 0 })
      }))

    test.each([
      ['unicode', 'Grüße, 世界, \u{1f600}, e\u0301, \u202e'],
      ['NUL and controls', 'a\u0000b\u0001\u001b[31m\r\n\u0000'],
      ['one megabyte', 'x'.repeat(1_000_000)],
      ['nothing', ''],
      ['quotes and braces', `'"\`; DROP TABLE answers; -- {"digest": "x"} {{ }} \\u0000`],
    ])('keeps texts of %s, in the answer and in every message', (_, text) =>
      withStore(async (store) => {
        const roles = ['system', 'user', 'assistant'] as const
        const entry = makeEntry({ messages: roles.map((role) => ({ role, content: text })) }, text)
        await store.put(entry)
        expect(await store.find(entry.digest)).toEqual(entry)
      }),
    )

    test('gives back any request as it was put', () =>
      withStore(async (store) => {
        const first = new Map<string, string>()
        await fc.assert(
          fc.asyncProperty(requests, async (request) => {
            const entry = makeEntry(request)
            await store.put(entry)
            const json = JSON.stringify(entry.request)
            if (!first.has(entry.digest)) first.set(entry.digest, json)
            expect(JSON.stringify((await store.find(entry.digest))?.request)).toBe(first.get(entry.digest))
          }),
          { numRuns: 50 },
        )
      }))

    test('lists entries in order of digest', () =>
      withStore(async (store) => {
        const entries = makeEntries(50)
        await Promise.all(entries.map((entry) => store.put(entry)))
        const digests = (await collect(store.entries())).map(({ digest }) => digest)
        expect(digests).toEqual(entries.map(({ digest }) => digest).toSorted())
      }))

    test('takes a thousand puts at once', () =>
      withStore(async (store) => {
        const entries = makeEntries(1000)
        await Promise.all(entries.map((entry) => store.put(entry)))
        expect(await store.count()).toEqual({ answers: 1000, surplus: 0 })
        for (const entry of entries) expect(await store.get(entry.digest)).toEqual(entry.answer)
      }))

    test('takes puts while its entries are being read', () =>
      withStore(async (store) => {
        const [first, ...rest] = makeEntries(40)
        if (!first) throw new Error('expected an entry')
        await store.put(first)
        let read = 0
        for await (const _ of store.entries()) {
          read += 1
          await Promise.all(rest.splice(0, 5).map((entry) => store.put(entry)))
        }
        expect(read).toBeGreaterThan(0)
        expect((await store.count()).answers).toBeGreaterThan(1)
      }))

    test('keeps its answers when it is closed and opened again, and what was put when it was closed', () =>
      withTemporaryFolder(async (folder) => {
        const entries = makeEntries(20)
        const store = await open(folder)
        const id = await store.identify()
        const puts = entries.map((entry) => store.put(entry))
        await store.close()
        await Promise.all(puts)
        const again = await open(folder)
        expect(await again.count()).toEqual({ answers: 20, surplus: 0 })
        expect(await again.identify()).toBe(id)
        await again.close()
      }))

    test('shows two connections the same answers, and the first to put wins', () =>
      withTemporaryFolder(async (folder) => {
        const [one, other] = [await open(folder), await open(folder)]
        const entries = makeEntries(100)
        const puts = entries.map((entry, n) => (n % 2 === 0 ? one : other).put(entry))
        await Promise.all(puts)
        expect(await one.count()).toEqual({ answers: 100, surplus: 0 })
        expect(await other.count()).toEqual(await one.count())
        expect(await other.identify()).toBe(await one.identify())
        await one.put(makeEntry({}, 'of one'))
        expect((await other.put(makeEntry({}, 'of the other'))).text).toBe('of one')
        await one.close()
        await other.close()
      }))

    test('keeps decisions to ask again, each once, in order, and none of them if one cannot be kept', () =>
      withTemporaryFolder(async (folder) => {
        const store = await open(folder)
        expect(await store.listRetries()).toEqual([])
        const id = await store.identify()
        const all = [makeRetry('a', 1), makeRetry('a', 2), makeRetry('b', 1)] as const
        expect(await store.addRetries([all[2], all[0]])).toEqual({ added: 2, known: 0 })
        expect(await store.addRetries([])).toEqual({ added: 0, known: 0 })
        const later = { ...all[0], reason: 'declined', runId: 'r-later' } as const
        expect(await store.addRetries([later, all[1]])).toEqual({ added: 1, known: 1 })
        await expect(store.addRetries([makeRetry('c', 1), makeRetry('d', 0.5)])).rejects.toThrow()
        await store.close()
        const again = await open(folder)
        expect(await again.listRetries()).toEqual(all)
        expect(await again.identify()).toBe(id)
        await again.close()
      }))

    test('holds an answer for each attempt at a request', () =>
      withStore(async (store) => {
        const entries = [makeEntry({}, 'bad'), makeEntry({ attempt: 1 }, 'worse'), makeEntry({ attempt: 2 }, 'good')]
        for (const entry of entries) await store.put(entry)
        for (const entry of entries) expect(await store.find(entry.digest)).toEqual(entry)
        expect(await store.count()).toEqual({ answers: 3, surplus: 0 })
      }))

    test('is told from another store by its identity', () =>
      withTemporaryFolder(async (folder) => {
        const [one, other] = [await open(folder, 'one'), await open(folder, 'other')]
        expect(await one.identify()).not.toBe(await other.identify())
        await one.close()
        await other.close()
      }))
  })
}

/** The path of a store file, for stores that are one. */
export function pathOf(folder: string, name = 'answers'): string {
  return join(folder, `${name}.db`)
}
