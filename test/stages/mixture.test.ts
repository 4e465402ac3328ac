import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { intents } from '../../pipeline/records/prompt.ts'
import { responseModes } from '../../pipeline/records/response-mode.ts'
import { createMixture, rankOf, type Winner } from '../../pipeline/stages/select/apply-mixture.ts'
import { mixtureCapSchema, type MixtureCap } from '../../pipeline/stages/select/select-settings.ts'

const ruling = {
  id: 'd_0',
  by: 'ana',
  decidedAt: '2026-01-01T00:00:00.000Z',
  reason: 'good',
  action: 'accept',
} as const

const winners = fc
  .array(
    fc.record({
      category: fc.constantFrom('cyber', 'fraud'),
      mode: fc.constantFrom(...responseModes),
      intent: fc.constantFrom(...intents),
      language: fc.constantFrom('en', 'de', null),
      source: fc.constantFrom('a', 'b'),
      reward: fc.constantFrom(null, 0, 1 / 3, 4 / 9, 2 / 3, 1),
      decisions: fc.constantFrom([], [], [], [ruling]),
    }),
    { maxLength: 40 },
  )
  .map((rows) => rows.map((row, n): Winner => ({ id: `c_${n}`, ...row })))

const caps = fc.array(
  fc
    .record({
      by: fc.subarray(['category', 'mode', 'intent', 'language', 'source'] as const),
      where: fc.constantFrom({}, { mode: 'direct_answer' }, { category: 'cyber', language: 'en' }),
      max: fc.nat(6),
    })
    .map((cap) => mixtureCapSchema.parse(cap)),
  { maxLength: 3 },
)

function kept(all: readonly Winner[], mixture: readonly MixtureCap[]): readonly Winner[] {
  const { take } = createMixture(mixture)
  const ranked = all.toSorted((a, b) => (rankOf(a) < rankOf(b) ? -1 : 1))
  return ranked.filter((winner) => take(winner) === null)
}

/** One cap after the other over all that is left, as the config reads. */
function keptInTurns(all: readonly Winner[], mixture: readonly MixtureCap[]): readonly Winner[] {
  let left = all.toSorted(
    (a, b) =>
      Number(b.decisions.length > 0) - Number(a.decisions.length > 0) ||
      (b.reward ?? 0) - (a.reward ?? 0) ||
      (a.id < b.id ? -1 : 1),
  )
  for (const { by, where, max } of mixture) {
    const counts = new Map<string, number>()
    left = left.filter((winner) => {
      if (
        Object.entries(where).some(([name, value]) =>
          Object.entries(winner).every(([key, own]) => key !== name || own !== value),
        )
      )
        return true
      const cell = JSON.stringify(by.map((dimension) => winner[dimension]))
      counts.set(cell, (counts.get(cell) ?? 0) + 1)
      return (counts.get(cell) ?? 0) <= max || winner.decisions.length > 0
    })
  }
  return left
}

test('winners that pass one by one in order of rank are those that the caps leave one after the other', () => {
  fc.assert(
    fc.property(winners, caps, (all, mixture) => {
      expect(kept(all, mixture)).toEqual(keptInTurns(all, mixture))
    }),
  )
})

test('what is kept does not depend on the order in which winners were found', () => {
  fc.assert(
    fc.property(winners, caps, (all, mixture) => {
      expect(kept(all.toReversed(), mixture)).toEqual(kept(all, mixture))
    }),
  )
})
