import { z } from 'zod'
import { messageSchema } from '../records/message.ts'
import type { FoundBuild } from './find-builds.ts'
import { readBuildRows } from './read-build-rows.ts'

const common = {
  prompt_id: z.string().nullable(),
  category: z.string().nullable(),
  mode: z.string().nullable(),
  reward: z.number().nullable(),
  cited_clauses: z.array(z.string()),
}
const acceptedSchema = z.object({ ...common, id: z.string(), prompt: z.array(messageSchema) })
const rejectedSchema = z.object({
  ...common,
  candidate_id: z.string().nullable(),
  stage: z.string(),
  code: z.string(),
  messages: z.array(messageSchema),
})

/** A row whose reasoning cites the clause. */
export type CitingRow = {
  readonly outcome: 'accepted' | 'rejected'
  /** Of the candidate. */
  readonly id: string | null
  readonly promptId: string | null
  readonly category: string | null
  readonly mode: string | null
  readonly reward: number | null
  /** `<stage>/<code>`; null for an accepted row. */
  readonly rejection: string | null
  /** The last turn, on one line, cut. */
  readonly prompt: string
}

/** Streams the rows of a build that cite a clause, accepted ones first. @throws UserError, see {@link readBuildRows}. */
export async function* traceClause(build: FoundBuild, clause: string): AsyncGenerator<CitingRow> {
  const columns = { accepted: Object.keys(acceptedSchema.shape), rejected: Object.keys(rejectedSchema.shape) }
  for await (const { outcome, row } of readBuildRows(build, columns)) {
    const cited = row['cited_clauses']
    if (!Array.isArray(cited) || !cited.some((id) => id === clause)) continue
    yield outcome === 'accepted' ? toAccepted(row) : toRejected(row)
  }
}

/** Every clause that some row cites. */
export async function listCitedClauses(build: FoundBuild): Promise<ReadonlySet<string>> {
  const columns = { accepted: ['cited_clauses'], rejected: ['cited_clauses'] }
  const clauses = new Set<string>()
  for await (const { row } of readBuildRows(build, columns)) {
    for (const clause of common.cited_clauses.parse(row['cited_clauses'])) clauses.add(clause)
  }
  return clauses
}

function toAccepted(row: unknown): CitingRow {
  const { id, prompt_id: promptId, category, mode, reward, prompt } = acceptedSchema.parse(row)
  return { outcome: 'accepted', id, promptId, category, mode, reward, rejection: null, prompt: toLine(prompt) }
}

function toRejected(row: unknown): CitingRow {
  const { candidate_id: id, prompt_id: promptId, category, mode, reward, ...rest } = rejectedSchema.parse(row)
  const rejection = `${rest.stage}/${rest.code}`
  return { outcome: 'rejected', id, promptId, category, mode, reward, rejection, prompt: toLine(rest.messages) }
}

/** Characters of a prompt: enough to know it again, and a row of a terminal. */
const lineLength = 72
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })

function toLine(messages: readonly z.infer<typeof messageSchema>[]): string {
  // The start of a prompt is enough: a book is not cut into characters for its first line.
  const text = (messages.at(-1)?.content ?? '')
    .slice(0, lineLength * 20)
    .replace(/\s+/g, ' ')
    .trim()
  const characters = Array.from(segmenter.segment(text), ({ segment }) => segment)
  return characters.length <= lineLength ? text : `${characters.slice(0, lineLength - 1).join('')}…`
}
