import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allocateRows, type Allocation, type CountedKind } from '../../pipeline/quota/allocate-rows.ts'
import { assignModes } from '../../pipeline/quota/assign-modes.ts'
import type { PassedPrompt } from '../../pipeline/quota/draw-rounds.ts'
import { dealByRemainder } from '../../pipeline/quota/largest-remainder.ts'
import { counts } from '../../pipeline/quota/quota-lines.ts'
import type { QuotaRules, RowCell } from '../../pipeline/quota/quota-rules.ts'
import { cellOf, isCovered } from '../../pipeline/stages/select/apply-mixture.ts'
import { anyKinds, anyRules } from './any-quota.ts'

/** A prompt for each that a kind counts, the last one first. */
function makePrompts(kinds: readonly CountedKind[]): readonly (PassedPrompt & { readonly kind: CountedKind })[] {
  return kinds.flatMap((kind, k) =>
    Array.from({ length: kind.prompts }, (_, n) => ({
      kind,
      promptId: `prompt ${k} ${n}`,
      modes: kind.modes,
      rank: `${100 - n} ${k}`,
    })),
  )
}

function readPlace(kinds: readonly CountedKind[]): (place: CountedKind['place']) => readonly PassedPrompt[] {
  const prompts = makePrompts(kinds)
  return (place) =>
    prompts
      .filter(({ kind }) => kind.place.category === place.category && kind.place.intent === place.intent)
      .toSorted((a, b) => (a.rank < b.rank ? -1 : 1))
}

function assign(kinds: readonly CountedKind[], allocation: Allocation): readonly RowCell[] {
  const prompts = new Map(makePrompts(kinds).map((prompt) => [prompt.promptId, prompt]))
  const seen = new Set<string>()
  return [...assignModes(kinds, allocation, readPlace(kinds))].map(({ promptId, mode }) => {
    const prompt = prompts.get(promptId)
    if (prompt === undefined || seen.has(promptId)) throw new Error(`${promptId} is unknown or stands twice`)
    seen.add(promptId)
    expect(prompt.modes).toContain(mode)
    return { ...prompt.kind.place, mode }
  })
}

/** The most that a line or a cap has beyond what it allows. */
function findExcess(rows: readonly RowCell[], { lines, caps }: QuotaRules): number {
  const ofLines = lines.map((line) => rows.filter((row) => counts(line, row)).length - line.asked)
  const ofCaps = caps.flatMap((cap) =>
    [
      ...Map.groupBy(
        rows.filter((row) => isCovered(row, cap)),
        (row) => cellOf(row, cap),
      ).values(),
    ].map((group) => group.length - cap.max),
  )
  return Math.max(0, ...ofLines, ...ofCaps)
}

function sumShortfalls(rows: readonly RowCell[], { lines }: QuotaRules): number {
  return lines.reduce((all, line) => all + line.asked - rows.filter((row) => counts(line, row)).length, 0)
}

/** Tries every choice of a mode or none for every prompt. */
function findFewestLacking(kinds: readonly CountedKind[], rules: QuotaRules): number {
  const prompts = makePrompts(kinds)
  const search = (n: number, rows: readonly RowCell[]): number => {
    const prompt = prompts[n]
    const here = sumShortfalls(rows, rules)
    if (prompt === undefined) return here
    const without = search(n + 1, rows)
    return prompt.modes.reduce((least, mode) => {
      const more = [...rows, { ...prompt.kind.place, mode }]
      return findExcess(more, rules) > 0 ? least : Math.min(least, search(n + 1, more))
    }, without)
  }
  return search(0, [])
}

describe('shares become whole rows', () => {
  test('that add up to the total, each less than a row from its due', () => {
    fc.assert(
      fc.property(
        fc.nat(5000),
        fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 9 }),
        (total, weights) => {
          const dealt = dealByRemainder(total, weights)
          const sum = weights.reduce((all, one) => all + one, 0)
          expect(dealt.reduce((all, one) => all + one, 0)).toBe(total)
          for (const [n, weight] of weights.entries()) {
            expect(Math.abs((dealt[n] ?? 0) - (weight * total) / sum)).toBeLessThan(1)
          }
        },
      ),
    )
  })

  test('the largest remainder gets what is left, of equal ones the first', () => {
    expect(dealByRemainder(10, [0.25, 0.25, 0.5])).toEqual([3, 2, 5])
    expect(dealByRemainder(7, [0.4, 0.35, 0.25])).toEqual([3, 2, 2])
    expect(dealByRemainder(1000, [0.1, 0.2, 0.7])).toEqual([100, 200, 700])
  })
})

describe('whatever the quota and the winners', () => {
  test('an allocation can be filled by prompts, and gives no line or cap more than it allows', async () => {
    await fc.assert(
      fc.asyncProperty(anyRules(), anyKinds(), async (rules, kinds) => {
        const allocation = await allocateRows(kinds, rules)
        const rows = assign(kinds, allocation)
        expect(findExcess(rows, rules)).toBe(0)
        expect(rows).toHaveLength(allocation.total)
        const got = rules.lines.map((line) => rows.filter((row) => counts(line, row)).length)
        expect(allocation.got).toEqual(got)
      }),
      { numRuns: 60 },
    )
  })

  test('it lacks no more rows than the best of all choices does', async () => {
    await fc.assert(
      fc.asyncProperty(anyRules({ most: 5 }), anyKinds({ most: 2, kinds: 3 }), async (rules, kinds) => {
        const rows = assign(kinds, await allocateRows(kinds, rules))
        expect(sumShortfalls(rows, rules)).toBe(findFewestLacking(kinds, rules))
      }),
      { numRuns: 60 },
    )
  })

  test('it does not depend on the order in which winners came', async () => {
    const anyOrder = anyKinds().chain((kinds) =>
      fc.tuple(fc.constant(kinds), fc.shuffledSubarray([...kinds], { minLength: kinds.length })),
    )
    await fc.assert(
      fc.asyncProperty(anyRules(), anyOrder, async (rules, [kinds, shuffled]) => {
        const [one, other] = [await allocateRows(kinds, rules), await allocateRows(shuffled, rules)]
        for (const { place, modes } of kinds) {
          for (const mode of modes) expect(other.rowsOf(place, mode)).toBe(one.rowsOf(place, mode))
        }
      }),
      { numRuns: 40 },
    )
  })
})

test('where the quota leaves a choice, rows keep the proportions of the winners', async () => {
  const place = (category: string) => ({ category, intent: 'benign', language: '*', source: '*' })
  const kinds = [
    { place: place('cyber'), modes: ['direct_answer'], prompts: 300, accepted: 0 },
    { place: place('fraud'), modes: ['direct_answer'], prompts: 100, accepted: 0 },
  ]
  const [rules] = fc.sample(anyRules({ isCapped: false }), 1)
  if (rules === undefined) throw new Error('expected rules')
  const lines = [{ name: 'all', where: {}, asked: 40, path: [] }]
  const { rowsOf } = await allocateRows(kinds, { ...rules, lines })
  expect([rowsOf(place('cyber'), 'direct_answer'), rowsOf(place('fraud'), 'direct_answer')]).toEqual([30, 10])
})

test('what an auditor accepted goes before the proportions of the winners, but not before the lines', async () => {
  const place = (category: string) => ({ category, intent: 'benign', language: '*', source: '*' })
  const kinds = (accepted: number) => [
    { place: place('cyber'), modes: ['direct_answer'], prompts: 400, accepted: 0 },
    { place: place('fraud'), modes: ['direct_answer'], prompts: 3, accepted },
  ]
  const [rules] = fc.sample(anyRules({ isCapped: false }), 1)
  if (rules === undefined) throw new Error('expected rules')
  const all = { name: 'all', where: {}, asked: 10, path: [] }
  const fraudOf = async (accepted: number, lines: QuotaRules['lines']) =>
    (await allocateRows(kinds(accepted), { ...rules, lines })).rowsOf(place('fraud'), 'direct_answer')
  expect([await fraudOf(0, [all]), await fraudOf(2, [all])]).toEqual([0, 2])
  expect(await fraudOf(2, [all, { name: 'fraud', where: { category: ['fraud'] }, asked: 1, path: [] }])).toBe(1)
})

test('the best prompts fill a cell, each in its best mode that leaves the rest possible', () => {
  const place = { category: 'cyber', intent: 'benign', language: '*', source: '*' }
  const both = ['direct_answer', 'safe_completion']
  const kinds = [
    { place, modes: both, prompts: 1, accepted: 0 },
    { place, modes: ['direct_answer'], prompts: 2, accepted: 0 },
  ]
  const passed = [
    { promptId: 'first', modes: both, rank: '1' },
    { promptId: 'second', modes: ['direct_answer'], rank: '2' },
    { promptId: 'third', modes: ['direct_answer'], rank: '3' },
  ]
  const allocation = { rowsOf: () => 1, got: [], total: 2 }
  expect([...assignModes(kinds, allocation, () => passed)]).toEqual([
    { promptId: 'first', mode: 'safe_completion' },
    { promptId: 'second', mode: 'direct_answer' },
  ])
})
