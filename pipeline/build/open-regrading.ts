import type { AnswerStore } from '../answers/answer-store.ts'
import type { GradeSettings } from '../graders/grade-candidate.ts'
import type { RegradedPrompt } from '../records/grading.ts'
import type { ClassifiedPrompt } from '../records/prompt.ts'
import type { Spool } from '../spool/spool.ts'
import { stages } from '../stages/index.ts'
import type { StageContext } from '../stages/stage.ts'
import { openEarlierSamples } from './earlier-samples.ts'
import type { RegradeSettings } from '../stages/regrade/regrade.ts'
import type { ResolvedBuild } from './resolve-build.ts'

export type RegradeSource = {
  /** The build whose accepted answers are graded again; null under the strategy regenerate. */
  readonly regrade: { readonly folder: string; readonly buildId: string } | null
  readonly store: AnswerStore
  readonly spool: Spool
  readonly findStanding: RegradeSettings['findStanding']
  /** Told of verdicts that a plan cannot know. */
  readonly onStall?: GradeSettings['onStall']
}

/** What a strategy does with classified prompts on their way to the generator. May be called once a round. */
export type Regrading = (rows: AsyncIterable<ClassifiedPrompt>, context: StageContext) => AsyncIterable<RegradedPrompt>

/**
 * The two strategies after a policy edit. Regenerate: every prompt goes on to the generator, whose stored answers are
 * found again where nothing changed. Regrade first: see the stage.
 */
export async function openRegrading(
  resolved: ResolvedBuild,
  { regrade, store, spool, findStanding, onStall }: RegradeSource,
): Promise<Regrading> {
  if (regrade === null) return passAll
  const { grade, generate, templates, config } = resolved
  const settings = {
    grade: onStall === undefined ? grade : { ...grade, onStall },
    select: config.select,
    templateDigest: templates.get(generate.template).digest,
    role: generate.role,
    findStanding,
    findEarlier: await openEarlierSamples(regrade.folder, resolved, store, spool),
  }
  return (rows, context) => stages.regrade.run(rows, settings, context)
}

async function* passAll(rows: AsyncIterable<ClassifiedPrompt>): AsyncGenerator<RegradedPrompt> {
  for await (const prompt of rows) yield { prompt, earlier: null, isKept: false }
}
