import { z } from 'zod'
import type { Files } from './read-rows.ts'

const messages = z.array(z.object({ role: z.string(), content: z.string() }))
const verdicts = z.string().transform((text) => verdictsSchema.parse(JSON.parse(text)))
const verdictsSchema = z.array(z.looseObject({ kind: z.string(), status: z.string() }))

const acceptedSchema = z.looseObject({
  id: z.string(),
  prompt_id: z.string(),
  family: z.string(),
  category: z.string(),
  intent: z.string(),
  mode: z.string(),
  prompt: messages,
  verdicts,
})
const rejectedSchema = z.looseObject({
  stage: z.string(),
  code: z.string(),
  candidate_id: z.string().nullable(),
  prompt_id: z.string(),
  family: z.string(),
  category: z.string(),
  intent: z.string(),
  messages,
  verdicts,
})

type Outcome = {
  readonly candidateId: string | null
  readonly promptId: string
  readonly family: string
  readonly category: string
  readonly intent: string
  readonly prompt: string
}
export type Accepted = Outcome & { readonly path: string; readonly split: string; readonly mode: string }
export type Accounts = {
  readonly accepted: readonly Accepted[]
  readonly rejected: readonly (Outcome & { readonly reason: string })[]
  /** Rows of which a judge was asked, and those of them that a judge could not grade. */
  readonly judged: number
  readonly ungraded: number
}

/** What the rows themselves say of a build, read without its manifest and without the pipeline's own schemas. */
export function readAccounts(files: Files): Accounts {
  const rows = Object.entries(files).flatMap(([path, all]) => all.map((row) => ({ path, row })))
  const kept = rows
    .filter(({ path }) => path.startsWith('data/'))
    .map(({ path, row }) => ({ path, ...acceptedSchema.parse(row) }))
  const lost = rows.filter(({ path }) => path.startsWith('rejected/')).map(({ row }) => rejectedSchema.parse(row))
  const judges = [...kept, ...lost]
    .map((row) => row.verdicts.filter(({ kind }) => kind === 'judge'))
    .filter((asked) => asked.length > 0)
  return {
    accepted: kept.map(({ path, id, mode, prompt, ...row }) => ({
      ...describeOutcome(row, id, prompt),
      path,
      split: /^data\/[a-z]+\/(train|validation)-\d{5}-of-\d{5}\.parquet$/.exec(path)?.[1] ?? `none in ${path}`,
      mode,
    })),
    rejected: lost.map((row) => ({
      ...describeOutcome(row, row.candidate_id, row.messages),
      reason: `${row.stage}: ${row.code}`,
    })),
    judged: judges.length,
    ungraded: judges.filter((asked) => asked.some(({ status }) => status === 'ungraded')).length,
  }
}

/** How often each value stands among them. */
export function tally(values: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}

function describeOutcome(
  row: { readonly prompt_id: string; readonly family: string; readonly category: string; readonly intent: string },
  candidateId: string | null,
  conversation: z.infer<typeof messages>,
): Outcome {
  const { prompt_id: promptId, family, category, intent } = row
  return {
    candidateId,
    promptId,
    family,
    category,
    intent,
    prompt: conversation.map(({ content }) => content).join('\n'),
  }
}
