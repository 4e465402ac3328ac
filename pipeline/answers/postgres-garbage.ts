import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { UserError } from '../records/user-error.ts'
import type { StoreHousekeeping } from './answer-store.ts'
import { openLock, type PostgresDatabase } from './postgres-database.ts'
import { storedRequestSchema } from './stored-request.ts'

/*
 * What no build needs, found and dropped by statements over whole tables. JSON is matched as text, for the server's own
 * functions turn down \u0000, which replies may hold: a quote inside a JSON string is escaped, so these patterns cannot
 * match within one.
 */

/** Temporary tables of the one connection: digests in use, and of system texts that used answers quote. */
export const createNotes = `
  CREATE TEMPORARY TABLE used (digest bytea NOT NULL PRIMARY KEY);
  CREATE TEMPORARY TABLE quoted (digest bytea NOT NULL PRIMARY KEY)`

const isUsed = (table: string): string => `EXISTS (SELECT FROM pg_temp.used WHERE used.digest = ${table}.digest)`
const isQuoted = 'EXISTS (SELECT FROM pg_temp.quoted WHERE quoted.digest = texts.digest)'

const noteQuotedSql = `
  INSERT INTO pg_temp.quoted
  SELECT DISTINCT decode(found[1], 'hex')
  FROM safe_completions.answers AS answers,
    regexp_matches(answers.request, '"role":"system","content":"([0-9a-f]{64})"', 'g') AS found
  WHERE ${isUsed('answers')}
  ON CONFLICT DO NOTHING`

/** A candidate's id is `c_` and the first digits of its request's digest. */
const decidedSql = `
  SELECT DISTINCT answers.digest, answers.request
  FROM safe_completions.decisions AS decisions
  JOIN safe_completions.answers AS answers
    ON substring(answers.digest FROM 1 FOR 10) =
      decode(substring(decisions.decision FROM '"candidateId":"c_([0-9a-f]{20})"'), 'hex')`

/** A repair is the same request with the reply and one more turn behind its messages. */
const repairsSql = `
  SELECT digest, request FROM safe_completions.answers
  WHERE step = 'generate' AND strpos(request, '"role":"assistant"') > 0 AND digest > $1
  ORDER BY digest LIMIT 1000`

const noteStepsSql = `
  INSERT INTO pg_temp.used
  SELECT digest FROM safe_completions.answers
  WHERE starts_with(step, 'calibrate:') OR starts_with(step, 'synthesize:')
  ON CONFLICT DO NOTHING RETURNING 1`

const noteSql = 'INSERT INTO pg_temp.used SELECT * FROM unnest($1::bytea[]) ON CONFLICT DO NOTHING RETURNING 1'

const countUnusedSql = `
  SELECT unused.answers, unused.newer, surplus.surplus, texts.texts, unused.bytes + surplus.bytes + texts.bytes AS bytes
  FROM
    (SELECT count(*) AS answers, count(*) FILTER (WHERE created_at > $1) AS newer,
       coalesce(sum(octet_length(request) + octet_length(answer)), 0) AS bytes
     FROM safe_completions.answers AS answers WHERE NOT ${isUsed('answers')}) AS unused,
    (SELECT count(*) AS surplus, coalesce(sum(octet_length(answer)), 0) AS bytes
     FROM safe_completions.surplus_answers AS surplus WHERE NOT ${isUsed('surplus')}) AS surplus,
    (SELECT count(*) AS texts, coalesce(sum(octet_length(text)), 0) AS bytes
     FROM safe_completions.texts AS texts WHERE NOT ${isQuoted}) AS texts`

const count = z.coerce.number().pipe(z.int())
const unusedSchema = z.object({ answers: count, newer: count, surplus: count, texts: count, bytes: count })
const requestSchema = z.object({ digest: z.instanceof(Buffer), request: z.string() })

/** So long may connections take to end that their owners have closed. */
const patienceMs = 5000

/**
 * Waits until nobody else has the store open, and holds others off until the connection ends: a build that has it open rests
 * on what it found here, and remembers which system texts are stored.
 * @throws UserError `answer_store` while others have it open.
 */
export async function takeAlone(database: PostgresDatabase, name: string): Promise<void> {
  for (let waitedMs = 0; waitedMs <= patienceMs; waitedMs += 250) {
    const rows = await database.query('SELECT pg_try_advisory_lock($1) AS alone', [openLock])
    if (z.tuple([z.object({ alone: z.boolean() })]).parse(rows)[0].alone) return
    await sleep(250)
  }
  throw new UserError('answer_store', 'expected to have the store alone, got others that have it open', {
    where: name,
    remedy: 'Wait for builds, workers and audits on it, or stop them; then run again.',
  })
}

/** As {@link StoreHousekeeping.notePeoplesUse}. */
export async function notePeoplesUse(database: PostgresDatabase): Promise<number> {
  const decided = z.array(requestSchema).parse(await database.query(decidedSql))
  const steps = await database.query(noteStepsSql)
  const digests = [...decided.map(({ digest }) => digest), ...(await findRepairs(database, decided))]
  return steps.length + (await database.query(noteSql, [digests])).length
}

async function findRepairs(
  database: PostgresDatabase,
  decided: readonly z.infer<typeof requestSchema>[],
): Promise<readonly Buffer[]> {
  const repaired = new Set(decided.map(({ request }) => request))
  const found: Buffer[] = []
  let after: Buffer = Buffer.alloc(0)
  while (repaired.size > 0) {
    const page = z.array(requestSchema).parse(await database.query(repairsSql, [after]))
    const last = page.at(-1)
    if (last === undefined) break
    after = last.digest
    for (const { digest, request } of page) {
      const stored = storedRequestSchema.parse(JSON.parse(request))
      if (repaired.has(JSON.stringify({ ...stored, messages: stored.messages.slice(0, -2) }))) found.push(digest)
    }
  }
  return found
}

/** As {@link StoreHousekeeping.countUnused}. */
export async function countUnused(
  database: PostgresDatabase,
  since: string,
): ReturnType<StoreHousekeeping['countUnused']> {
  await database.query(noteQuotedSql)
  return z.tuple([unusedSchema]).parse(await database.query(countUnusedSql, [since]))[0]
}

/**
 * Drops it in one transaction. The server keeps the space for new answers; `VACUUM FULL` would give it back to the disk, for
 * as much free space and a long lock.
 */
export async function dropUnused(database: PostgresDatabase): Promise<void> {
  await database.query(noteQuotedSql)
  // In one piece: a connection that is cut takes the notes with it, and half of this must not run without them.
  // What a plan or a build found here may be gone: to them this is another store then.
  await database.query(`
    BEGIN;
    UPDATE safe_completions.store SET id = replace(gen_random_uuid()::text, '-', '')
    WHERE EXISTS (SELECT FROM safe_completions.answers AS answers WHERE NOT ${isUsed('answers')});
    DELETE FROM safe_completions.surplus_answers AS surplus WHERE NOT ${isUsed('surplus')};
    DELETE FROM safe_completions.answers AS answers WHERE NOT ${isUsed('answers')};
    DELETE FROM safe_completions.texts AS texts WHERE NOT ${isQuoted};
    COMMIT`)
  for (const table of ['answers', 'surplus_answers', 'texts']) await database.query(`VACUUM safe_completions.${table}`)
}
