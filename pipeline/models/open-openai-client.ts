import { OpenAI } from 'openai'
import { UserError } from '../records/user-error.ts'

export type OpenAiAddress = {
  /** Base URL without a trailing slash, such as `https://api.openai.com/v1`. */
  readonly endpoint: string
  /** Null for a server that takes none: no authorization header is sent. */
  readonly apiKey: string | null
  readonly timeoutMs: number
}

/** @throws UserError `invalid_api_key` for a key that no header can carry; the key is not named. */
export function checkApiKey({ endpoint, apiKey }: Pick<OpenAiAddress, 'endpoint' | 'apiKey'>): void {
  if (apiKey === null || /^[\x21-\x7e]+$/.test(apiKey)) return
  throw new UserError('invalid_api_key', 'expected an API key of printable ASCII without spaces', {
    where: endpoint,
    remedy: 'look for a line break, a space or a typographic character in the key',
  })
}

/** The client as it is given here: without retries or logs of its own, and without what it would read from the environment. */
export function openOpenAiClient({ endpoint, apiKey, timeoutMs }: OpenAiAddress): OpenAI {
  return new OpenAI({
    apiKey: apiKey ?? 'none',
    ...(apiKey === null ? { defaultHeaders: { authorization: null } } : {}),
    baseURL: endpoint,
    timeout: timeoutMs,
    maxRetries: 0,
    // Each of these would otherwise be read from the environment.
    organization: null,
    project: null,
    adminAPIKey: null,
    webhookSecret: null,
    logLevel: 'off',
  })
}
