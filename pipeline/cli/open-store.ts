import type { AnswerStore, StoreHousekeeping } from '../answers/answer-store.ts'
import type { CalibrationStore } from '../answers/calibration-store.ts'
import type { DecisionStore } from '../answers/decision-store.ts'
import type { PostgresTarget } from '../answers/postgres-database.ts'
import { openSqliteCalibrations } from '../answers/sqlite-calibrations.ts'
import { openSqliteDecisions } from '../answers/sqlite-decisions.ts'
import { openSqliteHousekeeping } from '../answers/sqlite-housekeeping.ts'
import { openSqliteStore } from '../answers/sqlite-store.ts'
import { readUrlVariable } from '../answers/store-address.ts'
import { UserError } from '../records/user-error.ts'
import type { Environment } from './environment.ts'

/**
 * The store at an address: a path, or `postgres:NAME`. The client of PostgreSQL is loaded only where a database is named.
 * @throws UserError `answer_store`, `database_url` when the variable is not set.
 */
export async function openAnswerStore(address: string, env?: Environment): Promise<AnswerStore> {
  const target = findPostgres(address, env)
  if (target === null) return openSqliteStore(address)
  const { openPostgresStore } = await import('../answers/postgres-store.ts')
  return await openPostgresStore(target)
}

/** @param access `read`: a file must be there and is left as it is. On PostgreSQL it makes no difference. */
export async function openDecisionStore(
  address: string,
  access?: 'read' | 'write',
  env?: Environment,
): Promise<DecisionStore> {
  const target = findPostgres(address, env)
  if (target === null) return openSqliteDecisions(address, access)
  const { openPostgresDecisions } = await import('../answers/postgres-decisions.ts')
  return await openPostgresDecisions(target)
}

/** @param access as for decisions. */
export async function openCalibrationStore(
  address: string,
  access?: 'read' | 'write',
  env?: Environment,
): Promise<CalibrationStore> {
  const target = findPostgres(address, env)
  if (target === null) return openSqliteCalibrations(address, access)
  const { openPostgresCalibrations } = await import('../answers/postgres-calibrations.ts')
  return await openPostgresCalibrations(target)
}

/**
 * A store to be read as a whole; a file must be there.
 * @param access `read` leaves it as it is; `alone` is for dropping answers, and refused while others have it open.
 */
export async function openHousekeeping(address: string, access: 'read' | 'alone'): Promise<StoreHousekeeping> {
  const target = findPostgres(address)
  if (target === null) return openSqliteHousekeeping(address, access)
  const { openPostgresHousekeeping } = await import('../answers/postgres-housekeeping.ts')
  return await openPostgresHousekeeping(target, access)
}

/**
 * The database at an address; null for the path of a file.
 * @throws UserError `database_url` when the variable is not set.
 */
export function findPostgres(address: string, env: Environment = process.env): PostgresTarget | null {
  const variable = readUrlVariable(address)
  if (variable === null) return null
  const url = env[variable]?.trim()
  if (url) return { url, name: address }
  throw new UserError('database_url', `expected the URL of a PostgreSQL database in ${variable}, got nothing`, {
    where: address,
    remedy: `Set ${variable} in the environment or in .env, such as postgres://user:password@host:5432/database.`,
  })
}
