import { hash } from 'node:crypto'
import { rulingSchema, type Decision, type Ruling, type Standing } from '../records/decision.ts'

/** What stands of all decisions, by the digest of the text that they judged. */
export type StandingDecisions = {
  readonly find: (contentDigest: string) => Standing | null
  readonly all: () => readonly StandingDecision[]
  /** SHA-256, hex, of all that a build could see: equal digests mean equal effects. */
  readonly digest: string
}

export type StandingDecision = Standing & {
  readonly contentDigest: string
  readonly promptId: string
  readonly candidateId: string
}

/**
 * Each auditor's last accept, reject or withdrawal of a text is their word on it; a withdrawal leaves none. Flags and
 * comments do not count here. The order in which decisions come does not matter.
 */
export function findStandingDecisions(decisions: readonly Decision[]): StandingDecisions {
  const lastWords = new Map<string, Decision>()
  for (const decision of decisions.filter(isWord).toSorted(byTime)) {
    lastWords.set(JSON.stringify([decision.contentDigest, decision.by]), decision)
  }
  const byContent = Map.groupBy(
    [...lastWords.values()].filter(({ action }) => action !== 'withdraw').toSorted(byTime),
    ({ contentDigest }) => contentDigest,
  )
  const standing = [...byContent].map(([contentDigest, words]): StandingDecision => {
    const [{ promptId, candidateId } = { promptId: '', candidateId: '' }] = words
    return { contentDigest, promptId, candidateId, ...weighRulings(words.map(toRuling)) }
  })
  const found = new Map(standing.map((one) => [one.contentDigest, one]))
  const sorted = standing.toSorted((a, b) => (a.contentDigest < b.contentDigest ? -1 : 1))
  return {
    find: (contentDigest) => found.get(contentDigest) ?? null,
    all: () => sorted,
    digest: hash('sha256', JSON.stringify(sorted.map(({ contentDigest, rulings }) => [contentDigest, rulings]))),
  }
}

/** @param rulings At least one, one an auditor. */
export function weighRulings(rulings: readonly Ruling[]): Standing {
  const rejects = rulings.filter(({ action }) => action === 'reject').length
  return { verdict: rejects > 0 ? 'reject' : 'accept', isConflict: rejects > 0 && rejects < rulings.length, rulings }
}

/** Of two words of one moment the cautious one is the last. */
const caution: readonly Decision['action'][] = ['accept', 'reject', 'withdraw']

export function byTime(a: Decision, b: Decision): number {
  if (a.decidedAt !== b.decidedAt) return a.decidedAt < b.decidedAt ? -1 : 1
  if (a.action !== b.action) return caution.indexOf(a.action) - caution.indexOf(b.action)
  return a.id < b.id ? -1 : 1
}

function isWord({ action }: Decision): boolean {
  return action === 'accept' || action === 'reject' || action === 'withdraw'
}

function toRuling({ id, by, decidedAt, reason, action }: Decision): Ruling {
  return rulingSchema.parse({ id, by, decidedAt, reason, action })
}
