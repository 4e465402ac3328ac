import { z } from 'zod'
import { answerSchema, type Answer } from '../records/answer.ts'
import type { PostgresDatabase } from './postgres-database.ts'
import { toBytes } from './postgres-rows.ts'

/*
 * What a coordinator and its workers tell each other through the database, beside answers and jobs. A run is *open* until
 * its coordinator closes it: workers then begin no more of its jobs. A coordinator that is killed leaves its run open, and
 * the jobs that it had enqueued are done all the same: the next run finds their answers.
 */

/**
 * Why a job brought no answer.
 * - `provider_failed`: every try failed; - `budget`: its run has no room for it;
 * - `hopeless`: the worker that tried it gave up, and another one will try it again.
 */
export type Outcome = {
  readonly id: number
  /** Whose job it was; others may wait for the same request. */
  readonly run: string
  readonly digest: string
  readonly reason: 'provider_failed' | 'budget' | 'hopeless'
  readonly detail: string
}

export type Landed = { readonly digest: string; readonly answer: Answer; readonly latencyMs: number }

export type RunRegistry = {
  readonly start: (run: string, build: string) => Promise<void>
  readonly close: (run: string) => Promise<void>
  /** Those of these runs that are open. */
  readonly findOpen: (runs: readonly string[]) => Promise<ReadonlySet<string>>
  readonly addOutcome: (outcome: Omit<Outcome, 'id'>) => Promise<void>
  /** The id of the newest one; 0 when there is none. */
  readonly readMark: () => Promise<number>
  /** Keeps system texts, which requests of jobs quote by digest as those of answers do. */
  readonly keepTexts: (texts: ReadonlyMap<string, string>) => Promise<void>
  readonly readTexts: (digests: readonly string[]) => Promise<ReadonlyMap<string, string>>
  /** What has come of these requests: answers, and outcomes newer than a mark. */
  readonly poll: (
    digests: readonly string[],
    mark: number,
  ) => Promise<{ readonly landed: readonly Landed[]; readonly outcomes: readonly Outcome[] }>
}

const digestSchema = z.instanceof(Buffer).transform((bytes) => bytes.toString('hex'))
const landedSchema = z
  .object({ digest: digestSchema, answer: z.string(), latency_ms: z.int() })
  .transform(({ digest, answer, latency_ms }) => ({
    digest,
    answer: answerSchema.parse(JSON.parse(answer)),
    latencyMs: latency_ms,
  }))
const jsonText = z.string().transform((text) => z.string().parse(JSON.parse(text)))
const textSchema = z.object({ digest: digestSchema, text: jsonText })
const outcomeSchema = z.object({
  id: z.coerce.number(),
  run: z.string(),
  digest: digestSchema,
  reason: z.enum(['provider_failed', 'budget', 'hopeless']),
  detail: jsonText,
})

/** So long an outcome is kept: whoever waited for it has seen it, or is gone. */
const outcomeDays = 7

export function createRunRegistry(database: PostgresDatabase): RunRegistry {
  return {
    start: async (run, build) => {
      await database.queryAgain(
        `WITH old AS (DELETE FROM safe_completions.outcomes WHERE noted_at < now() - make_interval(days => $3))
         INSERT INTO safe_completions.runs (id, build) VALUES ($1, $2) ON CONFLICT DO NOTHING`,
        [run, build, outcomeDays],
      )
    },
    close: async (run) => {
      await database.queryAgain('UPDATE safe_completions.runs SET closed_at = now() WHERE id = $1', [run])
    },
    findOpen: async (runs) => {
      const sql = 'SELECT id FROM safe_completions.runs WHERE id = ANY($1) AND closed_at IS NULL'
      const rows = await database.queryAgain(sql, [[...runs]])
      return new Set(rows.map((row) => z.object({ id: z.string() }).parse(row).id))
    },
    addOutcome: async ({ run, digest, reason, detail }) => {
      const sql = 'INSERT INTO safe_completions.outcomes (run, digest, reason, detail) VALUES ($1, $2, $3, $4)'
      await database.queryAgain(sql, [run, toBytes(digest), reason, JSON.stringify(detail)])
    },
    readMark: async () => {
      const rows = await database.queryAgain('SELECT coalesce(max(id), 0) AS mark FROM safe_completions.outcomes')
      return z.tuple([z.object({ mark: z.coerce.number() })]).parse(rows)[0].mark
    },
    keepTexts: async (texts) => {
      const digests = [...texts.keys()].toSorted()
      const sql = `
        INSERT INTO safe_completions.texts (digest, text)
        SELECT * FROM unnest($1::bytea[], $2::text[]) ON CONFLICT DO NOTHING`
      const rows = digests.map((digest) => JSON.stringify(texts.get(digest)))
      await database.queryAgain(sql, [digests.map(toBytes), rows])
    },
    readTexts: async (digests) => {
      const sql = 'SELECT digest, text FROM safe_completions.texts WHERE digest = ANY($1)'
      const rows = await database.queryAgain(sql, [digests.map(toBytes)])
      return new Map(rows.map((row) => textSchema.parse(row)).map(({ digest, text }) => [digest, text]))
    },
    poll: async (digests, mark) => {
      const bytes = digests.map(toBytes)
      const [landed, outcomes] = await Promise.all([
        database.queryAgain('SELECT digest, answer, latency_ms FROM safe_completions.answers WHERE digest = ANY($1)', [
          bytes,
        ]),
        database.queryAgain(
          'SELECT id, run, digest, reason, detail FROM safe_completions.outcomes WHERE digest = ANY($1) AND id > $2 ORDER BY id',
          [bytes, mark],
        ),
      ])
      return {
        landed: landed.map((row) => landedSchema.parse(row)),
        outcomes: outcomes.map((row) => outcomeSchema.parse(row)),
      }
    },
  }
}
