import { z } from 'zod'
import type { FoundBuild } from '../build/find-builds.ts'
import type { Manifest } from '../build/manifest.ts'
import { readBuildRows } from '../build/read-build-rows.ts'
import { readAnswer } from '../diff/read-row.ts'
import { messageSchema } from '../records/message.ts'
import { intentSchema } from '../records/prompt.ts'
import { responseModeSchema } from '../records/response-mode.ts'
import { UserError } from '../records/user-error.ts'
import { readJudging, type Judging } from '../records/verdict.ts'
import type { GateCandidate, GateRow, GateSubject } from './gate-subject.ts'

const rowSchema = z.object({
  id: z.string(),
  prompt_id: z.string(),
  family: z.string(),
  category: z.string(),
  intent: intentSchema,
  mode: responseModeSchema,
  reward: z.number().nullable(),
  prompt: z.array(messageSchema).min(1).readonly(),
  completion: z.tuple([z.object({ content: z.string() })]),
  reasoning: z.string(),
})
const rowColumns = Object.keys(rowSchema.shape)

const verdictsSchema = z.array(z.object({ kind: z.enum(['rule', 'judge']), status: z.enum(['graded', 'ungraded']) }))
const acceptedSchema = z.object({ prompt_id: z.string(), category: z.string(), verdicts: z.string() })
const rejectedSchema = z.object({
  prompt_id: z.string().nullable(),
  candidate_id: z.string().nullable(),
  category: z.string().nullable(),
  verdicts: z.string(),
})

const configSchema = z.object({ emit: z.object({ format: z.string() }) })

/** A build that stands in a folder, published or held, as gates judge it; rows are streamed from its Parquet files. */
export function describeFolder(folder: string, manifest: Manifest): GateSubject {
  const build = { folder, files: manifest }
  return {
    buildId: manifest.buildId,
    counts: manifest.counts,
    quota: manifest.quota,
    rows: () => readRows(build, manifest),
    candidates: () => readCandidates(build),
  }
}

async function* readRows(build: FoundBuild, { inputs }: Manifest): AsyncGenerator<GateRow> {
  const { format } = parseRow(configSchema, inputs.config, build.folder).emit
  for await (const { row } of readBuildRows(build, { accepted: rowColumns }, ['accepted'])) {
    const { prompt_id: promptId, completion, ...rest } = parseRow(rowSchema, row, build.folder)
    yield { ...rest, promptId, answer: readAnswer({ completion, reasoning: rest.reasoning }, format) }
  }
}

async function* readCandidates(build: FoundBuild): AsyncGenerator<GateCandidate> {
  const columns = { accepted: Object.keys(acceptedSchema.shape), rejected: Object.keys(rejectedSchema.shape) }
  for await (const { outcome, row } of readBuildRows(build, columns)) {
    if (outcome === 'accepted') {
      const { prompt_id: promptId, category, verdicts } = parseRow(acceptedSchema, row, build.folder)
      yield { promptId, category, isAccepted: true, ...parseJudging(verdicts, build.folder) }
      continue
    }
    const parsed = parseRow(rejectedSchema, row, build.folder)
    const { prompt_id: promptId, candidate_id: candidateId, category, verdicts } = parsed
    if (promptId === null || candidateId === null || category === null) continue
    yield { promptId, category, isAccepted: false, ...parseJudging(verdicts, build.folder) }
  }
}

function parseJudging(text: string, folder: string): Judging {
  return readJudging(parseRow(verdictsSchema, parseJson(text, folder), folder))
}

function parseJson(text: string, folder: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw badRows(folder, 'text that is no JSON', error)
  }
}

/** @throws UserError `gate_rows` */
export function parseRow<T>(schema: z.ZodType<T>, value: unknown, folder: string): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw badRows(folder, z.prettifyError(parsed.error), parsed.error)
}

function badRows(where: string, got: string, cause: unknown): UserError {
  return new UserError('gate_rows', `expected the rows of a build for a gate to read, got: ${got}`, {
    where,
    remedy: 'Run `safe-completions verify` on that build. Nothing was published, and no answer is lost.',
    cause,
  })
}
