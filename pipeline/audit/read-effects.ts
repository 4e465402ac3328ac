import { z } from 'zod'
import type { FoundBuild } from '../build/find-builds.ts'
import { readBuildRows } from '../build/read-build-rows.ts'
import { tallyEffects, type DecisionEffect } from '../decisions/decision-effects.ts'
import { tallyGraderAgreement, type GraderAgreement } from '../decisions/grader-agreement.ts'
import type { StandingDecision, StandingDecisions } from '../decisions/standing-decisions.ts'
import { judges } from '../graders/judges/index.ts'
import { rulingSchema, type Ruling } from '../records/decision.ts'
import { verdictSchema } from '../records/verdict.ts'

const keys = ['prompt_id', 'content_digest', 'decisions'] as const
const keySchema = z.object({
  prompt_id: z.string().nullable(),
  content_digest: z.string().nullable(),
  decisions: z.string(),
})

/** `pending`: the text is in the build, but what stands now was decided after it; the next build looks at it. */
export type EffectNow = DecisionEffect | 'pending'

/**
 * What a build made of the decisions that stand now. Three short columns of every row are read.
 * @throws UserError, see {@link readBuildRows}.
 */
export async function readEffects(
  build: FoundBuild,
  standing: StandingDecisions,
): Promise<(decision: StandingDecision) => EffectNow> {
  const tally = tallyEffects(standing)
  const pending = new Set<string>()
  for await (const { outcome, row } of readBuildRows(build, { accepted: keys, rejected: keys })) {
    const { prompt_id: promptId, content_digest: contentDigest, decisions } = keySchema.parse(row)
    if (promptId === null || contentDigest === null) continue
    const decided = standing.find(contentDigest)
    if (decided !== null && namesOf(readRulings(decisions)) !== namesOf(decided.rulings)) pending.add(contentDigest)
    if (outcome === 'accepted') tally.seeRow({ promptId, contentDigest })
    else tally.seeRejection({ promptId, contentDigest })
  }
  return (decision) => (pending.has(decision.contentDigest) ? 'pending' : tally.effectOf(decision))
}

function readRulings(text: string): readonly Ruling[] {
  return text === '[]' ? [] : z.array(rulingSchema).parse(JSON.parse(text))
}

function namesOf(rulings: readonly Ruling[]): string {
  return rulings.map(({ id }) => id).join()
}

const judged = ['content_digest', 'mode', 'verdicts', 'failed_graders'] as const
const judgedSchema = z.object({
  content_digest: z.string().nullable(),
  mode: z.string().nullable(),
  verdicts: z.string(),
  failed_graders: z.array(z.string()),
})

/**
 * How far the graders of a build agree with the auditors, by the decisions that stand now.
 * @param graders Names, as the build's manifest lists them.
 */
export async function readGraderAgreement(
  build: FoundBuild,
  standing: StandingDecisions,
  graders: readonly string[],
): Promise<readonly GraderAgreement[]> {
  const tally = tallyGraderAgreement(
    graders.filter((name) => !judges.has(name)),
    graders.filter((name) => judges.has(name)),
  )
  // Two candidates with one text are one text to people.
  const seen = new Set<string>()
  for await (const { row } of readBuildRows(build, { accepted: judged, rejected: judged })) {
    const digest = row['content_digest']
    const decided = typeof digest === 'string' && !seen.has(digest) ? standing.find(digest) : null
    if (decided === null || typeof digest !== 'string') continue
    const { mode, verdicts, failed_graders: failedGraders } = judgedSchema.parse(row)
    // A reply without an answer was shown to no grader.
    if (mode === null) continue
    seen.add(digest)
    const parsed = z.array(verdictSchema).parse(JSON.parse(verdicts))
    tally.see({ verdicts: parsed, failedGraders, decisions: decided.rulings })
  }
  return tally.read()
}
