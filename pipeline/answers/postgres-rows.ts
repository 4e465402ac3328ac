import { z } from 'zod'
import { answerSchema } from '../records/answer.ts'
import type { StepMeasure, StoredAnswer } from './answer-store.ts'
import type { PostgresDatabase } from './postgres-database.ts'
import { stepMeasureSchema, storedRowSchema, toEntry } from './stored-row.ts'

const digestSchema = z.instanceof(Buffer).transform((bytes) => bytes.toString('hex'))

const rowSchema = storedRowSchema(digestSchema)
const textSchema = z.object({ digest: digestSchema, text: z.string() })

/** System texts that are kept at hand between pages. */
const cachedTexts = 512

export function toBytes(digest: string): Buffer {
  return Buffer.from(digest, 'hex')
}

export function readStoredAnswer(row: unknown): { readonly digest: string; readonly answer: StoredAnswer['answer'] } {
  const { digest, answer } = z.object({ digest: digestSchema, answer: z.string() }).parse(row)
  return { digest, answer: answerSchema.parse(JSON.parse(answer)) }
}

/** Reads rows with the columns of `answers` as entries, their system texts put back. */
export function createEntryReader(database: PostgresDatabase): (rows: readonly unknown[]) => Promise<StoredAnswer[]> {
  const texts = new Map<string, string>()
  const fetchTexts = async (digests: ReadonlySet<string>): Promise<void> => {
    const missing = [...digests].filter((digest) => !texts.has(digest))
    if (missing.length === 0) return
    if (texts.size + missing.length > cachedTexts) texts.clear()
    const wanted = [...digests].filter((digest) => !texts.has(digest)).map(toBytes)
    const rows = await database.query('SELECT digest, text FROM safe_completions.texts WHERE digest = ANY($1)', [
      wanted,
    ])
    for (const row of rows) {
      const { digest, text } = textSchema.parse(row)
      texts.set(digest, z.string().parse(JSON.parse(text)))
    }
  }
  return async (rows) => {
    const parsed = rows.map((row) => rowSchema.parse(row))
    const systems = parsed.flatMap(({ request }) => request.messages.filter(({ role }) => role === 'system'))
    await fetchTexts(new Set(systems.map(({ content }) => content)))
    return parsed.map((row) => toEntry(row, (digest) => z.string().parse(texts.get(digest))))
  }
}

const measureSchema = stepMeasureSchema(z.coerce.number().pipe(z.int()))

/** @param where SQL: the answers that count. */
export async function measureAnswers(
  database: PostgresDatabase,
  where = 'TRUE',
  parameters: readonly string[] = [],
): Promise<readonly StepMeasure[]> {
  const sql = `
    SELECT step, category, endpoint, model, via,
      count(*) AS answers,
      coalesce(sum(prompt_tokens), 0) AS "promptTokens",
      coalesce(sum(cached_prompt_tokens), 0) AS "cachedPromptTokens",
      coalesce(sum(completion_tokens), 0) AS "completionTokens",
      count(*) FILTER (WHERE prompt_tokens IS NULL) AS "withoutUsage"
    FROM safe_completions.answers AS answers
    WHERE ${where}
    GROUP BY step, category, endpoint, model, via
    ORDER BY step, category NULLS FIRST, endpoint, model, via NULLS FIRST`
  const rows = await database.query(sql, parameters)
  return rows.map((row) => measureSchema.parse(row))
}
