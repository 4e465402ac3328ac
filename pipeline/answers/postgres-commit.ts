import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { answerSchema, type Answer } from '../records/answer.ts'
import type { StoredAnswer } from './answer-store.ts'
import type { PostgresDatabase } from './postgres-database.ts'
import { toBytes } from './postgres-rows.ts'
import { digestSubject } from './request-digest.ts'
import { splitRequest } from './stored-request.ts'

/*
 * A batch of puts is one statement, and so one transaction and one sync of the server's disk: texts, answers and the notes
 * that they clear. Entries go in order of digest, so that two processes with the same digests wait for each other and not
 * crosswise. Those that come second, which are few, take two statements more. Every statement bears being run twice: a
 * connection that is cut leaves open whether the commit came through.
 */

const insertTextsSql = `
  INSERT INTO safe_completions.texts (digest, text)
  SELECT * FROM unnest($1::bytea[], $2::text[]) ON CONFLICT DO NOTHING`

const insertSql = `
  WITH noted AS (${insertTextsSql}
  ), cleared AS (
    DELETE FROM safe_completions.failures WHERE digest = ANY($3::bytea[])
  )
  INSERT INTO safe_completions.answers (digest, subject, request, answer, step, category, created_at, latency_ms,
    endpoint, model, via, prompt_tokens, cached_prompt_tokens, completion_tokens)
  SELECT * FROM unnest($3::bytea[], $4::bytea[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::int[],
    $11::text[], $12::text[], $13::text[], $14::int[], $15::int[], $16::int[])
  ON CONFLICT (digest) DO NOTHING
  RETURNING digest`

const purchasesSql = `
  SELECT digest, answer, created_at, latency_ms, true AS first FROM safe_completions.answers WHERE digest = ANY($1)
  UNION ALL
  SELECT digest, answer, created_at, latency_ms, false FROM safe_completions.surplus_answers WHERE digest = ANY($1)`

const surplusSql = `
  INSERT INTO safe_completions.surplus_answers (digest, answer, created_at, latency_ms)
  SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[], $4::int[]) ON CONFLICT DO NOTHING`

const digestRow = z.object({ digest: z.instanceof(Buffer).transform((bytes) => bytes.toString('hex')) })
const purchaseRow = digestRow.extend({
  answer: z.string().transform((text) => answerSchema.parse(JSON.parse(text))),
  created_at: z.string(),
  latency_ms: z.int(),
  first: z.boolean(),
})
type Purchase = Pick<StoredAnswer, 'answer' | 'createdAt' | 'latencyMs'>

/** So many system texts are known to be stored; beyond that they are sent along again. */
const rememberedTexts = 4096

/** Gives for each entry of a batch the answer that its digest now has. */
export function createCommit(
  database: PostgresDatabase,
): (batch: readonly StoredAnswer[]) => Promise<readonly Answer[]> {
  const knownTexts = new Set<string>()

  const insertFirsts = async (firsts: readonly StoredAnswer[]): Promise<ReadonlySet<string>> => {
    const connections = database.countConnections()
    const split = firsts.map((entry) => ({ ...entry, ...splitRequest(entry.request) }))
    const texts = new Map(split.flatMap((entry) => entry.texts).filter(([digest]) => !knownTexts.has(digest)))
    const textDigests = [...texts.keys()].toSorted()
    const usages = split.map(({ answer }) => answer.usage)
    const rows = await database.queryAgain(insertSql, [
      textDigests.map(toBytes),
      textDigests.map((digest) => JSON.stringify(texts.get(digest))),
      split.map(({ digest }) => toBytes(digest)),
      split.map(({ request }) => toBytes(digestSubject(request))),
      split.map(({ stored }) => JSON.stringify(stored)),
      split.map(({ answer }) => JSON.stringify(answer)),
      split.map(({ step }) => step),
      split.map(({ category }) => category),
      split.map(({ createdAt }) => createdAt),
      split.map(({ latencyMs }) => latencyMs),
      split.map(({ request }) => request.endpoint),
      split.map(({ request }) => request.model),
      split.map(({ answer }) => answer.via ?? null),
      usages.map((usage) => usage?.promptTokens ?? null),
      usages.map((usage) => usage?.cachedPromptTokens ?? null),
      usages.map((usage) => usage?.completionTokens ?? null),
    ])
    // While this one's were cut, another process may have had the store alone, and dropped texts that we know of.
    if (database.countConnections() !== connections) {
      knownTexts.clear()
      const all = [...new Map(split.flatMap((entry) => entry.texts))].toSorted(([a], [b]) => (a < b ? -1 : 1))
      const parameters = [all.map(([digest]) => toBytes(digest)), all.map(([, text]) => JSON.stringify(text))]
      await database.queryAgain(insertTextsSql, parameters)
    }
    if (knownTexts.size > rememberedTexts) knownTexts.clear()
    for (const digest of textDigests) knownTexts.add(digest)
    return new Set(rows.map((row) => digestRow.parse(row).digest))
  }

  /** Answers to digests that had one: each is kept as surplus, unless it is a purchase that is here already. */
  const keepSurplus = async (seconds: readonly StoredAnswer[]): Promise<ReadonlyMap<string, Answer>> => {
    const used = new Map<string, Answer>()
    const purchases = new Map<string, Purchase[]>()
    const digests = [...new Set(seconds.map(({ digest }) => digest))]
    for (const row of await database.queryAgain(purchasesSql, [digests.map(toBytes)])) {
      const { digest, answer, created_at, latency_ms, first } = purchaseRow.parse(row)
      if (first) used.set(digest, answer)
      const others = purchases.get(digest) ?? []
      purchases.set(digest, [...others, { answer, createdAt: created_at, latencyMs: latency_ms }])
    }
    const surplus = seconds.filter(({ digest, answer, createdAt, latencyMs }) => {
      const purchase = { answer, createdAt, latencyMs }
      const others = purchases.get(digest) ?? []
      if (others.some((other) => isDeepStrictEqual(other, purchase))) return false
      purchases.set(digest, [...others, purchase])
      return true
    })
    if (surplus.length > 0) {
      await database.queryAgain(surplusSql, [
        surplus.map(({ digest }) => toBytes(digest)),
        surplus.map(({ answer }) => JSON.stringify(answer)),
        surplus.map(({ createdAt }) => createdAt),
        surplus.map(({ latencyMs }) => latencyMs),
      ])
    }
    return used
  }

  return async (batch) => {
    const firsts = new Map<string, StoredAnswer>()
    for (const entry of batch) if (!firsts.has(entry.digest)) firsts.set(entry.digest, entry)
    const inOrder = [...firsts.values()].toSorted((a, b) => (a.digest < b.digest ? -1 : 1))
    const inserted = await insertFirsts(inOrder)
    const seconds = batch.filter((entry) => !inserted.has(entry.digest) || firsts.get(entry.digest) !== entry)
    const used = seconds.length === 0 ? new Map<string, Answer>() : await keepSurplus(seconds)
    return batch.map(({ digest, answer }) => used.get(digest) ?? answer)
  }
}
