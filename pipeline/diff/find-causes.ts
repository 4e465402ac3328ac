import { hasSameScores } from './compare-prompt.ts'
import type { ComparedBuild } from './compared-build.ts'
import { mainRow, type Outcome, type PromptPair } from './outcome.ts'
import type { AcceptedRow, RejectedRow } from './read-row.ts'

/*
 * Why a prompt came out otherwise, from what its rows say. What the answer was asked with comes first: `labels`, `spec`,
 * `template` and `model` can hold together. Only where all of these are equal does one of the later causes explain it.
 */
export const causes = {
  prompt_new: 'the prompt is not in build A',
  prompt_gone: 'the prompt is not in build B',
  screened: 'the prompt was stopped before it was answered in one of the builds, or for another reason',
  not_drawn: 'no round of the quota drew the prompt in one of the builds',
  labels: 'the category or the intent of the prompt is another one',
  spec: 'the spec of its category is another text',
  template: "the generator's template is another text",
  model: 'another model wrote the answer',
  request: 'the answer was asked for in another way (endpoint, parameters, form of the reply)',
  redrawn: 'the same request got another answer (another answer store)',
  decision: 'an auditor decided otherwise about one of its candidates',
  candidate: 'another candidate of the same prompt was chosen',
  verdict: 'the same candidate was graded anew (judges, their models or templates, votes, rules)',
  selection: 'the same candidate with the same verdicts (thresholds, rule, mixture, quota or format of the selection)',
  bookkeeping: 'only where the row comes from or stands (source, family, language, split, requests)',
} as const
export type Cause = keyof typeof causes

export type BuildPair = { readonly a: ComparedBuild; readonly b: ComparedBuild }

/** Never empty; for prompts that did change. */
export function findCauses({ a, b }: Pick<PromptPair, 'a' | 'b'>, builds: BuildPair): readonly Cause[] {
  if (a.status === 'absent') return ['prompt_new']
  if (b.status === 'absent') return ['prompt_gone']
  if (isStopped(a) || isStopped(b)) return [isNotDrawn(a) || isNotDrawn(b) ? 'not_drawn' : 'screened']
  const inputs = findInputCauses(a, b, builds)
  return inputs.length > 0 ? inputs : [findOutcomeCause(a, b)]
}

function isStopped(outcome: Outcome): boolean {
  return outcome.status === 'rejected' && outcome.stop !== null
}

function isNotDrawn(outcome: Outcome): boolean {
  return outcome.status === 'rejected' && outcome.stop?.code === 'not_drawn'
}

function findInputCauses(a: Outcome, b: Outcome, builds: BuildPair): readonly Cause[] {
  const [before, after] = [mainRow(a), mainRow(b)]
  const [inA, inB] = [writtenUnder(a, builds.a), writtenUnder(b, builds.b)]
  const isRelabelled = before?.category !== after?.category || before?.intent !== after?.intent
  const differs: Readonly<Record<'labels' | 'spec' | 'template' | 'model', boolean>> = {
    labels: isRelabelled,
    // A prompt of another category has another spec by that alone.
    spec: before?.category === after?.category && (inA.spec !== inB.spec || inA.certifiedSpec !== inB.certifiedSpec),
    template: inA.template !== inB.template,
    model: inA.model !== inB.model,
  }
  return (['labels', 'spec', 'template', 'model'] as const).filter((cause) => differs[cause])
}

/** A row says it itself; for a prompt without a row it is what its build asked with. */
function writtenUnder(outcome: Outcome, { manifest, templateDigest, model }: ComparedBuild) {
  if (outcome.status === 'accepted') {
    const { specDigest, certifiedSpecDigest, templateDigest, model } = outcome.row
    return { spec: specDigest, certifiedSpec: certifiedSpecDigest, template: templateDigest, model }
  }
  const spec = manifest.inputs.specSet.specs[mainRow(outcome)?.category ?? ''] ?? null
  return { spec, certifiedSpec: spec, template: templateDigest, model }
}

function findOutcomeCause(a: Outcome, b: Outcome): Cause {
  const [inA, inB] = [candidatesOf(a), candidatesOf(b)]
  const shared = [...inA.keys()].filter((id) => inB.has(id))
  if (shared.length === 0) return 'request'
  if (shared.some((id) => inA.get(id)?.decisionsDigest !== inB.get(id)?.decisionsDigest)) return 'decision'
  const chosen = [a, b].flatMap((outcome) => (outcome.status === 'accepted' ? [outcome.row.candidateId] : []))
  if (new Set(chosen).size === 2) return 'candidate'
  const compared = chosen[0] === undefined ? shared : [chosen[0]]
  const differs = (field: 'answerDigest' | 'verdictsDigest'): boolean =>
    compared.some((id) => inA.get(id)?.[field] !== inB.get(id)?.[field])
  if (compared.some((id) => !inA.has(id) || !inB.has(id))) return 'candidate'
  if (differs('answerDigest')) return 'redrawn'
  if (differs('verdictsDigest')) return 'verdict'
  if (chosen.length === 0 && inA.size !== inB.size) return 'candidate'
  return a.status === 'accepted' && b.status === 'accepted' && hasSameScores(a.row, b.row) ? 'bookkeeping' : 'selection'
}

function candidatesOf(outcome: Outcome): ReadonlyMap<string, AcceptedRow | RejectedRow> {
  if (outcome.status === 'absent') return new Map()
  const rows = outcome.status === 'accepted' ? [outcome.row, ...outcome.candidates] : outcome.candidates
  return new Map(rows.map((row) => [row.candidateId ?? '', row]))
}
