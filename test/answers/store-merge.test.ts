import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { StoredAnswer } from '../../pipeline/answers/answer-store.ts'
import { mergeStore, type MergeCounts } from '../../pipeline/answers/merge-stores.ts'
import { openSqliteHousekeeping } from '../../pipeline/answers/sqlite-housekeeping.ts'
import { openSqliteStore } from '../../pipeline/answers/sqlite-store.ts'
import { runCli } from '../cli/run-cli.ts'
import { collect, withTemporaryFolder } from '../shards/temporary-folder.ts'
import { putAll, readAll } from './demo-project.ts'
import { pathOf } from './store-contract.ts'
import { makeEntries } from './stored-answers.ts'

async function merge(intoPath: string, fromPath: string): Promise<MergeCounts> {
  const [into, from] = [openSqliteStore(intoPath), openSqliteHousekeeping(fromPath, 'read')]
  try {
    return await mergeStore(from, into, fromPath)
  } finally {
    await into.close()
    await from.close()
  }
}

async function readSurplus(path: string): Promise<readonly StoredAnswer[]> {
  const store = openSqliteHousekeeping(path, 'read')
  try {
    return await collect(store.surplus())
  } finally {
    await store.close()
  }
}

/** The same request, bought again. */
function buyAgain(entry: StoredAnswer, text: string): StoredAnswer {
  return { ...entry, answer: { ...entry.answer, text } }
}

const order = (entries: readonly StoredAnswer[]): StoredAnswer[] =>
  entries.toSorted((a, b) => {
    const [one, other] = [a, b].map(({ digest, answer }) => `${digest} ${answer.text}`)
    return (one ?? '') < (other ?? '') ? -1 : 1
  })

test('a merge of two stores is their union, whoever has what; a second merge changes nothing', async () => {
  const all = makeEntries(12)
  const share = fc.array(fc.record({ n: fc.nat(11), text: fc.constantFrom('mine', 'theirs', 'both') }), {
    maxLength: 20,
  })
  await fc.assert(
    fc.asyncProperty(share, share, (mine, theirs) =>
      withTemporaryFolder(async (folder) => {
        const toEntries = (picks: typeof mine): StoredAnswer[] =>
          picks.flatMap(({ n, text }) => {
            const entry = all[n]
            return entry ? [buyAgain(entry, text)] : []
          })
        const [into, from] = [pathOf(folder, 'into'), pathOf(folder, 'from')]
        await putAll(into, toEntries(mine))
        await putAll(from, toEntries(theirs))
        const own = await readAll(into)
        const bought = [
          ...(await readAll(into)),
          ...(await readSurplus(into)),
          ...(await readAll(from)),
          ...(await readSurplus(from)),
        ]
        const union = new Map(bought.map((entry) => [`${entry.digest} ${entry.answer.text}`, entry]))

        const counts = await merge(into, from)
        const [answers, surplus] = [await readAll(into), await readSurplus(into)]
        expect(order([...answers, ...surplus])).toEqual(order([...union.values()]))
        expect(answers).toEqual(expect.arrayContaining([...own]))
        expect(new Set(answers.map(({ digest }) => digest))).toEqual(new Set(bought.map(({ digest }) => digest)))
        expect(answers.length).toBe(own.length + counts.added)
        expect(await merge(into, from)).toMatchObject({ added: 0, surplus: 0 })
        expect([await readAll(into), await readSurplus(into)]).toEqual([answers, surplus])
      }),
    ),
    { numRuns: 25 },
  )
})

test('the first store to have an answer wins, in the order given, and every count is said', () =>
  withTemporaryFolder(async (folder) => {
    const paths = ['into', 'one', 'two'].map((name) => pathOf(folder, name))
    const [into = '', one = '', two = ''] = paths
    const entries = makeEntries(3)
    const [first, second, third] = entries
    if (!first || !second || !third) throw new Error('expected entries')
    await putAll(into, [first])
    await putAll(one, [buyAgain(first, 'late'), second])
    await putAll(two, [first, buyAgain(second, 'later'), third])
    const { code, stdout, stderr } = await runCli(['store', 'merge', ...paths])
    expect(code, stderr).toBe(0)
    expect(stdout).toBe(
      `${one}: 1 answers added, 1 kept as surplus, 0 known already\n` +
        `${two}: 1 answers added, 1 kept as surplus, 1 known already\n`,
    )
    expect(order(await readAll(into))).toEqual(order(entries))
    expect((await readSurplus(into)).map(({ answer }) => answer.text).toSorted()).toEqual(['late', 'later'])
  }))

test('a source is only read', () =>
  withTemporaryFolder(async (folder) => {
    const [into, from] = [pathOf(folder, 'into'), pathOf(folder, 'from')]
    await putAll(from, makeEntries(5))
    const before = await readFile(from)
    await merge(into, from)
    expect(await readFile(from)).toEqual(before)
  }))

describe('a merge is refused before anything is put', () => {
  test.each([
    ['of a newer version', (path: string) => alter(path, 'PRAGMA user_version=99'), 'newer'],
    ['of another program', (path: string) => alter(path, 'PRAGMA application_id=77'), 'another program'],
    ['that is not there', () => undefined, 'no file'],
  ])('from a store %s', (what, change, says) =>
    withTemporaryFolder(async (folder) => {
      const [into, good, bad] = [pathOf(folder, 'into'), pathOf(folder, 'good'), pathOf(folder, 'bad')]
      await putAll(good, makeEntries(2))
      if (what !== 'that is not there') await putAll(bad, makeEntries(2))
      change(bad)
      const { code, stderr } = await runCli(['store', 'merge', into, good, bad])
      expect([code, stderr]).toEqual([2, expect.stringContaining(says)])
      expect(existsSync(into)).toBe(false)
    }),
  )
})

test("a store with an answer under another request's digest is refused", () =>
  withTemporaryFolder(async (folder) => {
    const [into, from] = [pathOf(folder, 'into'), pathOf(folder, 'from')]
    await putAll(from, makeEntries(1))
    alter(from, `UPDATE answers SET request = replace(request, 'Question 0?', 'How do I pick a lock?')`)
    await expect(merge(into, from)).rejects.toMatchObject({ code: 'answer_store', where: from })
    expect(await readAll(into)).toEqual([])
  }))

function alter(path: string, sql: string): void {
  const database = new DatabaseSync(path)
  database.exec(sql)
  database.close()
}
