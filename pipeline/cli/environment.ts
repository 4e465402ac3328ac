import { existsSync } from 'node:fs'
import { loadEnvFile } from 'node:process'
import { UserError } from '../records/user-error.ts'

/** Where keys and URLs of databases are read from, by name. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Reads `.env` of the working directory if there is one; what the environment has already wins. */
export function readEnvironment(): void {
  if (existsSync('.env')) loadEnvFile('.env')
}

/**
 * The API key that a config names. The value goes to the provider and nowhere else.
 * @throws UserError `api_key` when the variable is not set.
 */
export function readApiKey(variable: string | null, modelName: string, env: Environment = process.env): string | null {
  if (variable === null) return null
  const key = env[variable]?.trim()
  if (key) return key
  throw new UserError('api_key', `expected the API key of model "${modelName}" in ${variable}, got nothing`, {
    where: `models.${modelName}.apiKeyEnv`,
    remedy: `Set ${variable} in the environment or in .env; for a server without keys set apiKeyEnv: null; to use stored answers only, pass --offline.`,
  })
}
