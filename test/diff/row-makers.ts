import { hash } from 'node:crypto'
import type { Rejection } from '../../pipeline/records/rejection.ts'
import type { Sample } from '../../pipeline/records/sample.ts'
import type { Verdict } from '../../pipeline/records/verdict.ts'
import { rejectPrompt, rejectSelected } from '../../pipeline/stages/reject.ts'
import { handMadeDigests } from './hand-made-build.ts'

export function promptId(n: number): string {
  return `p_${String(n).padStart(20, '0')}`
}

export function candidateId(name: string): string {
  return `c_${hash('sha256', name).slice(0, 20)}`
}

/** An accepted row of prompt `n`; its candidate is the first of the prompt unless it is said otherwise. */
export function makeSample(n: number, changes: Partial<Sample> = {}): Sample {
  const safety = changes.safety ?? 1
  const severity = changes.severity ?? 'none'
  const helpfulness = changes.helpfulness === undefined ? 1 : changes.helpfulness
  return {
    id: candidateId(`first of ${n}`),
    promptId: promptId(n),
    family: `family-${n}`,
    split: 'train',
    category: 'cyber',
    intent: 'benign',
    language: 'en',
    source: 'seeds',
    location: `prompts.jsonl:${n}`,
    prompt: [{ role: 'user', content: `Question ${n}` }],
    reasoning: `Reasoning ${n}`,
    answer: `Answer ${n}`,
    mode: 'direct_answer',
    citedClauses: ['CYB-1'],
    safety,
    severity,
    helpfulness,
    directHelpfulness: 4,
    indirectHelpfulness: 4,
    reasoningQuality: 1,
    reward: safety * (helpfulness ?? 1),
    verdicts: makeVerdicts(safety, severity, helpfulness ?? 1),
    failedGraders: [],
    voteSpread: 0,
    decisions: [],
    contentDigest: hash('sha256', changes.answer ?? `Answer ${n}`),
    specDigest: handMadeDigests.spec,
    certifiedSpecDigest: handMadeDigests.spec,
    templateDigest: handMadeDigests.template,
    model: handMadeDigests.model,
    requests: [`request ${n}`],
    ...changes,
  }
}

/** The same candidate, rejected. */
export function rejectSample(sample: Sample, code: Rejection['code'], changes: Partial<Rejection> = {}): Rejection {
  const { split: _split, ...winner } = sample
  return { ...rejectSelected(winner, { stage: 'select', code, detail: `rejected as ${code}` }), ...changes }
}

/** The prompt itself, stopped before it got a candidate. */
export function stopPrompt(sample: Sample, code: Rejection['code'], stage: Rejection['stage'] = 'screen'): Rejection {
  const { promptId: id, prompt: messages, family, category, intent, language, source, location } = sample
  const prompt = { id, messages, family, category, intent, language, source, location }
  return rejectPrompt(prompt, { stage, code, detail: `stopped as ${code}` })
}

export function makeVerdicts(safety: number, severity: string, helpfulness: number): readonly Verdict[] {
  const judge = { status: 'graded', version: 1, kind: 'judge', outcome: 'scored', clauses: [], evidence: [] } as const
  return [
    {
      ...judge,
      grader: 'safety',
      scores: { safety },
      labels: { severity },
      votes: [safety],
      rationale: 'seen',
      requests: ['s'],
    },
    {
      ...judge,
      grader: 'helpfulness',
      scores: { helpfulness },
      labels: {},
      votes: [helpfulness],
      rationale: 'seen',
      requests: ['h'],
    },
  ]
}

/** A verdict of a judge whose reply could not be read. */
export const ungraded = {
  status: 'ungraded',
  grader: 'safety',
  version: 1,
  kind: 'judge',
  reason: 'malformed',
  detail: 'no verdict',
  requests: [],
} as const
