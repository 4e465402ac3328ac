import { z } from 'zod'
import type { Manifest } from '../build/manifest.ts'
import type { WrittenFile } from '../shards/write-then-rename.ts'
import type { ExportedJudge } from './exported-judge.ts'
import type { RenderedGrader } from './openai-grader.ts'
import type { SortedPrompts } from './read-prompts.ts'

const count = z.int().nonnegative()

export const rftManifestSchema = z.strictObject({
  exportVersion: z.literal(1),
  kind: z.literal('rft'),
  build: z.strictObject({ id: z.string(), name: z.string(), specSet: z.string(), specSetDigest: z.string() }),
  judges: z.array(
    z.strictObject({
      name: z.string(),
      version: z.int(),
      template: z.string(),
      templateDigest: z.string(),
      votes: z.int(),
      /** That graded the build, and that `reward.py` asks. */
      model: z.string(),
      /** That `grader.json` names. */
      graderModel: z.string(),
      /** Request parameters that `grader.json` cannot have. */
      droppedParameters: z.array(z.string()),
    }),
  ),
  /** r over the graders of `grader.json`. */
  formula: z.string(),
  /** Every prompt of the build that is no bad row of its source is in one of these. */
  prompts: z.strictObject({
    accepted: count,
    /** Without a candidate that passed; exported if `includesRejected`. */
    rejected: count,
    includesRejected: z.boolean(),
    /** A candidate passed, and a cap or a quota was full: not exported. */
    withoutPlace: count,
    /** Rejected before a candidate was asked for (copies, prompts of evaluation sets): not exported. */
    unanswered: count,
  }),
  files: z.array(
    z.strictObject({ path: z.string(), rows: count.optional(), bytes: count, sha256: z.string() }).readonly(),
  ),
})
/** What an export was made from and what is in it. Written last. */
export type RftManifest = Readonly<z.infer<typeof rftManifestSchema>>

export type RftFile = WrittenFile & { readonly path: string; readonly rows?: number }

type Exported = {
  readonly manifest: Manifest
  readonly judges: readonly ExportedJudge[]
  readonly grader: RenderedGrader
  readonly options: { readonly includeRejected: boolean; readonly graderModel: string | null }
  readonly sorted: SortedPrompts
  readonly files: readonly RftFile[]
}

export function createRftManifest({ manifest, judges, grader, options, sorted, files }: Exported): RftManifest {
  const { buildId, name, inputs } = manifest
  return rftManifestSchema.parse({
    exportVersion: 1,
    kind: 'rft',
    build: { id: buildId, name, specSet: inputs.specSet.name, specSetDigest: inputs.specSet.digest },
    judges: judges.map(({ seat: { judge, role, template, votes } }) => ({
      name: judge.name,
      version: judge.version,
      template: template.id,
      templateDigest: template.digest,
      votes,
      model: role.model,
      graderModel: options.graderModel ?? role.model,
      droppedParameters: [...(grader.droppedParameters[judge.name] ?? [])],
    })),
    formula: grader.formula,
    prompts: {
      accepted: sorted.accepted.size,
      rejected: sorted.hard.size,
      includesRejected: options.includeRejected,
      withoutPlace: sorted.withoutPlace.size,
      unanswered: sorted.unanswered.size,
    },
    files: files.map(({ path, rows, bytes, sha256 }) => ({
      path,
      ...(rows === undefined ? {} : { rows }),
      bytes,
      sha256,
    })),
  })
}
