import { existsSync } from 'node:fs'
import { loadEnvFile } from 'node:process'
import { readUrlVariable, resolveStore } from '../answers/store-address.ts'
import type { BuildConfig } from '../config/build-config.ts'
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

/**
 * Whether Node's own requests go by HTTP_PROXY, HTTPS_PROXY and NO_PROXY. Read as Node reads it: at the start, before `.env`.
 */
export const usesEnvProxy = process.env['NODE_USE_ENV_PROXY'] === '1'

const defaultHub = 'https://huggingface.co'

/**
 * How to reach the hub: HF_TOKEN, and HF_ENDPOINT as the hub's Python client has it.
 * @throws UserError `hub_token`, `hub_endpoint`.
 */
export function readHubAccess(): { readonly token: string; readonly hubUrl: string } {
  const token = process.env['HF_TOKEN']?.trim() ?? ''
  if (!/^hf_[\x21-\x7e]+$/.test(token)) {
    const got = token === '' ? 'nothing' : 'something else'
    throw new UserError('hub_token', `expected a token of the hub (hf_...) in HF_TOKEN, got ${got}`, {
      where: 'HF_TOKEN',
      remedy:
        'Make a token with the right to write in your settings on the hub, and set HF_TOKEN in the environment or in .env.',
    })
  }
  const hubUrl = (process.env['HF_ENDPOINT']?.trim() || defaultHub).replace(/\/+$/, '')
  const url = URL.canParse(hubUrl) ? new URL(hubUrl) : null
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new UserError(
      'hub_endpoint',
      'expected the address of a hub without user and password in HF_ENDPOINT, got something else',
      {
        where: 'HF_ENDPOINT',
        remedy: `Leave it unset for ${defaultHub}.`,
      },
    )
  }
  return { token, hubUrl }
}

/** Names of the environment variables whose values a config keeps to itself. */
export function listSecretVariables({ models, notify, store }: BuildConfig): readonly string[] {
  const ofModels = Object.values(models).flatMap(({ apiKeyEnv, mirrors }) => [
    apiKeyEnv,
    ...mirrors.map((mirror) => mirror.apiKeyEnv),
  ])
  const names = [...ofModels, notify.webhook?.urlEnv, readUrlVariable(resolveStore('', store))]
  return [...new Set(names.filter((name) => name !== null && name !== undefined))]
}

/** What must not be told: what those variables hold, as far as they are set, and a webhook's URL. */
export function listSecrets(config: BuildConfig, env: Environment = process.env): readonly string[] {
  const values = [...listSecretVariables(config).map((name) => env[name]?.trim()), config.notify.webhook?.url]
  return values.filter((value): value is string => value !== undefined && value !== '')
}

/**
 * The URL of a config's webhook.
 * @throws UserError `webhook_url` when its variable is not set.
 */
export function readWebhookUrl(
  { url, urlEnv }: NonNullable<BuildConfig['notify']['webhook']>,
  env: Environment = process.env,
): string {
  const found = url ?? env[urlEnv ?? '']?.trim()
  if (found !== undefined && URL.canParse(found)) return found
  throw new UserError(
    'webhook_url',
    `expected the URL of the webhook in ${urlEnv}, got ${found ? 'no URL' : 'nothing'}`,
    {
      where: 'notify.webhook.urlEnv',
      remedy: `Set ${urlEnv} in the environment or in .env.`,
    },
  )
}

/** Where traces and metrics go; null: nowhere. */
export function readOtlpEndpoint({ telemetry }: BuildConfig, env: Environment = process.env): string | null {
  return telemetry.otlpEndpoint ?? (env['OTEL_EXPORTER_OTLP_ENDPOINT']?.trim() || null)
}
