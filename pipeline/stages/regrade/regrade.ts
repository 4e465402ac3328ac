import { isDeepStrictEqual } from 'node:util'
import { gradeCandidate, type GradeSettings } from '../../graders/grade-candidate.ts'
import type { ModelRole } from '../../models/model-role.ts'
import type { WrittenCandidate } from '../../records/candidate.ts'
import type { RegradedPrompt } from '../../records/grading.ts'
import type { ClassifiedPrompt } from '../../records/prompt.ts'
import type { Standing } from '../../records/decision.ts'
import { digestContent } from '../../decisions/content-digest.ts'
import type { ModelRequest } from '../../records/request.ts'
import { mapRows } from '../map-rows.ts'
import { disqualify, scoreCandidate } from '../select/score-candidate.ts'
import type { SelectSettings } from '../select/select-settings.ts'
import type { StageContext } from '../stage.ts'

/** The answer that an earlier build accepted for a prompt, with what it was written under. */
export type EarlierSample = {
  readonly candidate: WrittenCandidate
  readonly specDigest: string
  readonly templateDigest: string
  /** What was asked for it: the generation, then its repair if there was one. */
  readonly asked: readonly ModelRequest[]
}

export type RegradeSettings = {
  readonly grade: GradeSettings
  readonly select: SelectSettings
  /** Digest of the generator template. */
  readonly templateDigest: string
  readonly role: ModelRole
  /** What auditors decided about a text: it goes before what graders say of it, here as in the selection. */
  readonly findStanding: (contentDigest: string) => Standing | null
  readonly findEarlier: (prompt: ClassifiedPrompt) => Promise<EarlierSample | null>
}

/**
 * The strategy "regrade first": a prompt whose accepted answer was written under another policy, template or model has
 * that answer graded under the current policy. If it passes it is kept, and the row says under what it was written and
 * under what it is certified; if not, it goes on to the generator. Where nothing changed, nothing is regraded.
 */
export const regrade = {
  name: 'regrade',
  version: 2,
  run(
    rows: AsyncIterable<ClassifiedPrompt>,
    settings: RegradeSettings,
    context: StageContext,
  ): AsyncIterable<RegradedPrompt> {
    return mapRows(rows, context.rowsInFlight, async (prompt) => {
      const fresh = { prompt, earlier: null, isKept: false }
      const guidance = context.specs.forCategory(prompt.category)
      const sample = await settings.findEarlier(prompt)
      if (sample === null || isCurrent(sample, guidance.digest, settings)) return fresh
      const { candidate, specDigest, templateDigest, asked } = sample
      // Through the port, so that what a kept row rests on is counted as in any build.
      for (const request of asked) await context.models.ask(request, { step: 'generate', category: prompt.category })
      const graded = await gradeCandidate(prompt, candidate, guidance, settings.grade, context.models)
      if ('status' in graded) {
        context.leaveOpen({ promptId: prompt.id, category: prompt.category, step: 'regrade', reply: graded })
        return undefined
      }
      const standing = settings.findStanding(digestContent(prompt.messages, candidate))
      const scores = scoreCandidate(graded.verdicts, settings.select)
      const passes = disqualify(graded, scores, settings.select) === null
      const isKept = standing === null ? passes : standing.verdict === 'accept'
      return { prompt, earlier: { ...graded, writtenUnder: { specDigest, templateDigest } }, isKept }
    })
  },
} as const

function isCurrent(sample: EarlierSample, specDigest: string, { templateDigest, role }: RegradeSettings): boolean {
  return (
    sample.specDigest === specDigest &&
    sample.templateDigest === templateDigest &&
    sample.asked.every((request) => isOfRole(request, role))
  )
}

function isOfRole({ endpoint, model, parameters }: ModelRequest, role: ModelRole): boolean {
  return endpoint === role.endpoint && model === role.model && isDeepStrictEqual(parameters, role.parameters)
}
