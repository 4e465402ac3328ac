import { z } from 'zod'
import { answerSchema } from '../records/answer.ts'
import type { StoredAnswer } from './answer-store.ts'
import { joinRequest, storedRequestSchema } from './stored-request.ts'

const json = z.string().transform((text): unknown => JSON.parse(text))

/**
 * A row of `answers`, which has the same columns in both databases.
 * @param digest reads a digest as the database has it.
 */
export function storedRowSchema(digest: z.ZodType<string>) {
  return z.object({
    digest,
    request: json.pipe(storedRequestSchema),
    answer: json.pipe(answerSchema),
    step: z.string(),
    category: z.string().nullable(),
    created_at: z.string(),
    latency_ms: z.int(),
  })
}

/** @param textOf the system text of a digest. */
export function toEntry(
  { request, created_at: createdAt, latency_ms: latencyMs, ...rest }: z.infer<ReturnType<typeof storedRowSchema>>,
  textOf: (digest: string) => string,
): StoredAnswer {
  return { ...rest, request: joinRequest(request, textOf), createdAt, latencyMs }
}

/** A `StepMeasure` as a query gives it. @param count reads a number as the database has it. */
export function stepMeasureSchema(count: z.ZodType<number>) {
  return z.object({
    step: z.string(),
    endpoint: z.string(),
    model: z.string(),
    category: z.string().nullable(),
    via: z.literal('batch').nullable(),
    answers: count,
    promptTokens: count,
    cachedPromptTokens: count,
    completionTokens: count,
    withoutUsage: count,
  })
}
