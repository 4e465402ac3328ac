import { digestContent } from '../../pipeline/decisions/content-digest.ts'
import type { Decision } from '../../pipeline/records/decision.ts'
import type { Rejection } from '../../pipeline/records/rejection.ts'
import type { Sample } from '../../pipeline/records/sample.ts'
import type { WrittenCandidate } from '../../pipeline/records/candidate.ts'
import { makeDecision } from '../../pipeline/decisions/make-decision.ts'
import { candidateId, makeSample, rejectSample, stopPrompt } from '../diff/row-makers.ts'

const candidate = { repeat: 0, requests: ['r'], citedClauses: [], promptId: '', id: '', model: '' } as const

/** An accepted row whose digest is that of its text, as a build has it. */
export function makeAuditSample(n: number, changes: Partial<Sample> = {}): Sample {
  const sample = makeSample(n, changes)
  const { prompt, mode, reasoning, answer } = sample
  const written: WrittenCandidate = { ...candidate, status: 'written', mode, reasoning, answer }
  return { contentDigest: digestContent(prompt, written), ...withoutDigest(sample), ...changes }
}

function withoutDigest({ contentDigest: _digest, ...rest }: Sample): Omit<Sample, 'contentDigest'> {
  return rest
}

/** A sibling of the sample with a text of its own, rejected. */
export function makeSibling(
  n: number,
  code: Rejection['code'],
  changes: Partial<Sample> = {},
  rejection: Partial<Rejection> = {},
): Rejection {
  const id = candidateId(`sibling ${code} of ${n}`)
  return rejectSample(makeAuditSample(n, { id, answer: `Other answer ${n} ${code}`, ...changes }), code, rejection)
}

/** A reply without an answer. */
export function makeUnwritten(n: number, code: Rejection['code'], text: string): Rejection {
  const sample = makeAuditSample(n, { id: candidateId(`unwritten of ${n}`) })
  const reply = { ...candidate, status: 'unwritten', code: 'malformed', detail: '', text } as const
  return {
    ...rejectSample(sample, code, { stage: 'generate', mode: null, reasoning: null, answer: text, citedClauses: [] }),
    safety: null,
    severity: null,
    helpfulness: null,
    reasoningQuality: null,
    reward: null,
    voteSpread: null,
    verdicts: [],
    contentDigest: digestContent(sample.prompt, reply),
  }
}

export function makeStop(n: number, code: Rejection['code'] = 'near_duplicate'): Rejection {
  return stopPrompt(makeAuditSample(n), code)
}

export function makeWord(
  row: {
    readonly contentDigest: string | null
    readonly promptId: string | null
    readonly id?: string
    readonly candidateId?: string | null
  },
  changes: Partial<Omit<Decision, 'id'>> = {},
): Decision {
  return makeDecision({
    action: 'reject',
    by: 'ben',
    decidedAt: '2026-01-02T03:04:05.000Z',
    reason: 'Too vague.',
    contentDigest: row.contentDigest ?? '',
    promptId: row.promptId ?? '',
    candidateId: row.id ?? row.candidateId ?? '',
    buildId: 'b-0',
    outcome: 'accepted',
    specDigest: null,
    ...changes,
  })
}
