import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { answerSchema } from '../records/answer.ts'
import type { StepMeasure, StoredAnswer } from './answer-store.ts'
import { joinRequest, storedRequestSchema } from './stored-request.ts'

const rowSchema = z.object({
  digest: z.string(),
  request: z.string(),
  answer: z.string(),
  step: z.string(),
  category: z.string().nullable(),
  created_at: z.string(),
  latency_ms: z.int(),
})

/** Reads rows with the columns of `answers` as entries, their system texts put back. */
export function createEntryReader(database: DatabaseSync): (row: unknown) => StoredAnswer {
  const selectText = database.prepare('SELECT text FROM texts WHERE digest = ?')
  const textOf = (digest: string): string => z.object({ text: z.string() }).parse(selectText.get(digest)).text
  return (row) => {
    const { digest, request, answer, step, category, created_at, latency_ms } = rowSchema.parse(row)
    return {
      digest,
      request: joinRequest(storedRequestSchema.parse(JSON.parse(request)), textOf),
      answer: answerSchema.parse(JSON.parse(answer)),
      step,
      category,
      createdAt: created_at,
      latencyMs: latency_ms,
    }
  }
}

const measureSchema = z.object({
  step: z.string(),
  endpoint: z.string(),
  model: z.string(),
  category: z.string().nullable(),
  via: z.literal('batch').nullable(),
  answers: z.int(),
  promptTokens: z.int(),
  cachedPromptTokens: z.int(),
  completionTokens: z.int(),
  withoutUsage: z.int(),
})

/** @param where SQL: the answers that count. */
export function measureAnswers(
  database: DatabaseSync,
  where = 'TRUE',
  parameters: readonly string[] = [],
): readonly StepMeasure[] {
  const rows = database.prepare(`
    SELECT step, category,
      json_extract(request, '$.endpoint') AS endpoint,
      json_extract(request, '$.model') AS model,
      json_extract(answer, '$.via') AS via,
      count(*) AS answers,
      coalesce(sum(json_extract(answer, '$.usage.promptTokens')), 0) AS promptTokens,
      coalesce(sum(json_extract(answer, '$.usage.cachedPromptTokens')), 0) AS cachedPromptTokens,
      coalesce(sum(json_extract(answer, '$.usage.completionTokens')), 0) AS completionTokens,
      sum(json_extract(answer, '$.usage') IS NULL) AS withoutUsage
    FROM answers
    WHERE ${where}
    GROUP BY step, category, endpoint, model, via
    ORDER BY step, category, endpoint, model, via`)
  return rows.all(...parameters).map((row) => measureSchema.parse(row))
}
