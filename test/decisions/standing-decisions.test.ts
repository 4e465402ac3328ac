import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { tallyEffects } from '../../pipeline/decisions/decision-effects.ts'
import { makeDecision } from '../../pipeline/decisions/make-decision.ts'
import { findStandingDecisions } from '../../pipeline/decisions/standing-decisions.ts'
import { summariseDecisions } from '../../pipeline/decisions/summarise-decisions.ts'
import { decisionActions, type Decision } from '../../pipeline/records/decision.ts'
import { decide } from './make-decisions.ts'

const standingOf = (...decisions: readonly Decision[]) =>
  findStandingDecisions(decisions).find(decisions[0]?.contentDigest ?? '')

describe('what stands of decisions', () => {
  test('is the last word of each auditor', () => {
    const standing = standingOf(decide(1, 'reject', 'ana', 1), decide(1, 'accept', 'ana', 2))
    expect(standing).toMatchObject({ verdict: 'accept', isConflict: false })
    expect(standing?.rulings.map(({ reason }) => reason)).toEqual(['why 2'])
  })

  test('is nothing of an auditor who withdrew, and what they say later counts again', () => {
    expect(standingOf(decide(1, 'reject', 'ana', 1), decide(1, 'withdraw', 'ana', 2))).toBeNull()
    const again = [decide(1, 'reject', 'ana', 1), decide(1, 'withdraw', 'ana', 2), decide(1, 'accept', 'ana', 3)]
    expect(standingOf(...again)?.verdict).toBe('accept')
  })

  test('a withdrawal does not touch what others said', () => {
    const standing = standingOf(decide(1, 'reject', 'ana', 1), decide(1, 'withdraw', 'ben', 2))
    expect(standing?.verdict).toBe('reject')
  })

  test('of two auditors who differ a reject outweighs the accept, whoever spoke last, and both are kept', () => {
    for (const [first, second] of [
      ['accept', 'reject'],
      ['reject', 'accept'],
    ] as const) {
      const standing = standingOf(decide(1, first, 'ana', 1), decide(1, second, 'ben', 2))
      expect(standing).toMatchObject({ verdict: 'reject', isConflict: true })
      expect(standing?.rulings.map(({ by }) => by)).toEqual(['ana', 'ben'])
    }
  })

  test('flags and comments decide nothing, and are listed until their auditor withdraws', () => {
    const flagged = [decide(1, 'flag', 'ana', 1), decide(1, 'comment', 'ben', 2)]
    expect(standingOf(...flagged)).toBeNull()
    expect(summariseDecisions(flagged)[0]?.notes).toHaveLength(2)
    const after = [...flagged, decide(1, 'withdraw', 'ana', 3)]
    expect(summariseDecisions(after)[0]?.notes.map(({ by }) => by)).toEqual(['ben'])
    expect(summariseDecisions(after)[0]?.history).toHaveLength(3)
  })

  const anyDecisions = fc.array(
    fc
      .record({
        n: fc.nat(3),
        action: fc.constantFrom(...decisionActions),
        by: fc.constantFrom('ana', 'ben', 'cy'),
        minute: fc.nat(5),
      })
      .map(({ n, action, by, minute }) => decide(n, action, by, minute)),
    { maxLength: 20 },
  )

  test('does not depend on the order in which decisions come', () => {
    fc.assert(
      fc.property(anyDecisions, (decisions) => {
        const [one, other] = [findStandingDecisions(decisions), findStandingDecisions(decisions.toReversed())]
        expect(other.all()).toEqual(one.all())
        expect(other.digest).toBe(one.digest)
      }),
    )
  })

  test('its digest changes with what a build could see, and with nothing else', () => {
    const accepts = [decide(1, 'accept', 'ana', 1)]
    const { digest } = findStandingDecisions(accepts)
    expect(
      findStandingDecisions([...accepts, decide(1, 'comment', 'ben', 2), decide(2, 'flag', 'ben', 3)]).digest,
    ).toBe(digest)
    expect(findStandingDecisions([...accepts, decide(2, 'accept', 'ana', 2)]).digest).not.toBe(digest)
    expect(findStandingDecisions([...accepts, decide(1, 'withdraw', 'ana', 2)]).digest).toBe(
      findStandingDecisions([]).digest,
    )
  })
})

test('of words of one moment the cautious one stands: a withdrawal over a reject over an accept', () => {
  const [accept, reject, withdraw] = (['accept', 'reject', 'withdraw'] as const).map((action) =>
    decide(1, action, 'ana', 1),
  )
  if (accept === undefined || reject === undefined || withdraw === undefined) throw new Error('expected three')
  expect(standingOf(reject, accept)?.verdict).toBe('reject')
  expect(standingOf(withdraw, accept, reject)).toBeNull()
})

test('a decision without a reason or a name, or with a time that does not sort as text, is refused with a remedy', () => {
  const { id: _id, ...parts } = decide(1, 'accept', 'ana', 1)
  for (const flaw of [
    { reason: '  ' },
    { by: '' },
    { by: 'a'.repeat(201) },

    { decidedAt: '2026-01-01T10:00:00Z' },
    { reason: 'a'.repeat(10_001) },
  ]) {
    expect(() => makeDecision({ ...parts, ...flaw })).toThrow(/expected a decision with all its parts/)
  }
})

describe('what became of a decision', () => {
  const rowOf = ({ promptId, contentDigest }: Decision) => ({ promptId, contentDigest })
  const effectOf = (
    decisions: readonly Decision[],
    rows: readonly Decision[],
    rejected: readonly Decision[],
  ): string => {
    const standing = findStandingDecisions(decisions)
    const tally = tallyEffects(standing)
    for (const row of rows) tally.seeRow(rowOf(row))
    for (const row of rejected) tally.seeRejection(rowOf(row))
    const [first] = standing.all()
    return first === undefined ? 'none' : tally.effectOf(first)
  }
  const accept = decide(1, 'accept', 'ana', 1)
  const reject = decide(1, 'reject', 'ana', 1)
  const otherText = decide(1, 'accept', 'ana', 1, { contentDigest: 'a'.repeat(64) })

  test.each([
    ['emitted', [accept], [accept], []],
    ['unusable', [accept], [], [accept]],
    ['withheld', [reject], [], [reject]],
    ['conflicting', [accept, decide(1, 'reject', 'ben', 2)], [], [accept]],
    ['stale', [accept], [otherText], []],
    ['absent', [accept], [decide(2, 'accept', 'ana', 1)], []],
    ['emitted', [accept], [accept], [accept]],
  ])('is %s', (effect, decisions, rows, rejected) => {
    expect(effectOf(decisions, rows, rejected)).toBe(effect)
  })

  test('a copy of its prompt that screening dropped does not make it stale', () => {
    const standing = findStandingDecisions([accept])
    const tally = tallyEffects(standing)
    tally.seeRejection({ promptId: accept.promptId, contentDigest: null })
    expect(tally.count()).toMatchObject({ absent: 1, stale: 0 })
  })
})
