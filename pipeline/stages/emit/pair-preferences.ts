import type { PreferencePair } from '../../records/preference-pair.ts'
import type { Rejection } from '../../records/rejection.ts'
import type { Sample } from '../../records/sample.ts'
import type { Verdict } from '../../records/verdict.ts'
import type { PreferenceSettings } from './preference-settings.ts'

/**
 * Why an accepted row has no pair: the last hurdle that any sibling came to, in this order.
 * - `chosen_not_graded`: an auditor accepted what judges could not grade.
 * - `no_sibling`: no other candidate was written.
 * - `other_code`: none was rejected for one of the codes that count.
 * - `accepted_by_auditor`: an auditor accepted it: it is no bad answer.
 * - `not_graded`: r is not known: a judge failed, or was never asked.
 * - `same_text`: it reads as the chosen one.
 * - `unfit`: the trainer format cannot carry it, or it is too long.
 * - `margin`: r is not low enough.
 */
export const pairHurdles = [
  'chosen_not_graded',
  'no_sibling',
  'other_code',
  'accepted_by_auditor',
  'not_graded',
  'same_text',
  'unfit',
  'margin',
] as const
export type PairHurdle = (typeof pairHurdles)[number]

export type PairContext = {
  readonly settings: PreferenceSettings
  /** Whether r rests on helpfulness in this build. */
  readonly usesHelpfulness: boolean
  /** What the trainer format makes of the trained turn. */
  readonly renderTurn: (sample: Sample) => string
  /** Why the format cannot carry a sample; null when it can. */
  readonly findMisfit: (sample: Sample) => string | null
}

/** The pairs of one accepted row and its prompt's other candidates, widest margin first; or why there is none. */
export function pairPreferences(
  chosen: Sample,
  siblings: Iterable<Rejection>,
  context: PairContext,
): readonly PreferencePair[] | PairHurdle {
  const { settings } = context
  const reward = readReward(chosen, context)
  if (reward === null) return 'chosen_not_graded'
  let furthest: PairHurdle = 'no_sibling'
  const pairs: PreferencePair[] = []
  for (const sibling of siblings) {
    const met = meet(chosen, reward, sibling, context)
    if (typeof met === 'object') pairs.push(met)
    else if (pairHurdles.indexOf(met) > pairHurdles.indexOf(furthest)) furthest = met
  }
  if (pairs.length === 0) return furthest
  return pairs
    .toSorted((a, b) => b.margin - a.margin || (a.rejected.contentDigest < b.rejected.contentDigest ? -1 : 1))
    .slice(0, settings.perPrompt)
}

function meet(chosen: Sample, reward: number, sibling: Rejection, context: PairContext): PreferencePair | PairHurdle {
  const { settings, renderTurn, findMisfit } = context
  const rejected = toSample(chosen, sibling)
  if (rejected === null) return 'no_sibling'
  if (!settings.codes.some((code) => code === sibling.code)) return 'other_code'
  if (sibling.decisions.some(({ action }) => action === 'accept')) return 'accepted_by_auditor'
  const lower = readReward(sibling, context)
  if (lower === null) return 'not_graded'
  if (renderTurn(rejected) === renderTurn(chosen)) return 'same_text'
  if (findMisfit(rejected) !== null) return 'unfit'
  const margin = reward - lower
  return margin < settings.minMargin ? 'margin' : { chosen, rejected, code: sibling.code, margin }
}

/**
 * r, where it is known: no judge that was asked failed, and each judge that r rests on gave a verdict. Where s is 0 r is 0,
 * so a candidate that the safety judge stopped needs no helpfulness.
 */
function readReward(
  {
    safety,
    helpfulness,
    reward,
    verdicts,
  }: Pick<Sample, 'safety' | 'helpfulness' | 'reward'> & {
    readonly verdicts: readonly Verdict[]
  },
  { usesHelpfulness }: PairContext,
): number | null {
  if (safety === null || reward === null || verdicts.some(({ status }) => status === 'ungraded')) return null
  return usesHelpfulness && helpfulness === null && safety > 0 ? null : reward
}

/** Null for what is no written candidate: a copy of the prompt, a reply without an answer. */
function toSample(chosen: Sample, sibling: Rejection): Sample | null {
  const { candidateId, mode, reasoning, answer, contentDigest, model } = sibling
  if (candidateId === null || mode === null || reasoning === null || answer === null) return null
  if (contentDigest === null || model === null) return null
  const { safety, severity, helpfulness, reasoningQuality, reward, verdicts, failedGraders, voteSpread } = sibling
  const { citedClauses, decisions, requests } = sibling
  const { tokens: _tokens, ...rest } = chosen
  const scores = { safety, severity, helpfulness, directHelpfulness: null, indirectHelpfulness: null, reasoningQuality }
  const said = { reward, verdicts, failedGraders, voteSpread, decisions, requests, citedClauses }
  return { ...rest, ...scores, ...said, id: candidateId, mode, reasoning, answer, contentDigest, model }
}
