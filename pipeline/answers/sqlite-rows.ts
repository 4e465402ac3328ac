import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import type { StepMeasure, StoredAnswer } from './answer-store.ts'
import { stepMeasureSchema, storedRowSchema, toEntry } from './stored-row.ts'

const rowSchema = storedRowSchema(z.string())
const measureSchema = stepMeasureSchema(z.int())

/** Reads rows with the columns of `answers` as entries, their system texts put back. */
export function createEntryReader(database: DatabaseSync): (row: unknown) => StoredAnswer {
  const selectText = database.prepare('SELECT text FROM texts WHERE digest = ?')
  const textOf = (digest: string): string => z.object({ text: z.string() }).parse(selectText.get(digest)).text
  return (row) => toEntry(rowSchema.parse(row), textOf)
}

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
