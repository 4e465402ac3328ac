import { onTestFinished } from 'vitest'
import { createOpenAiProvider } from '../../pipeline/models/openai-provider.ts'
import type { Provider, ProviderOutcome } from '../../pipeline/models/provider.ts'
import type { Answer } from '../../pipeline/records/answer.ts'
import type { ModelRequest } from '../../pipeline/records/request.ts'
import { startChatServer, type ChatServer, type ChatServerOptions, type Scripted } from '../support/chat-server.ts'

export const testKey = 'sk-test-0123456789abcdef'

export const request: ModelRequest = {
  endpoint: 'http://test.invalid/v1',
  model: 'scripted',
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Hello?' },
  ],
  parameters: { temperature: 0.5 },
  schema: null,
  structuredOutput: 'json_schema',
  repeat: 0,
}

export type ScriptedProvider = {
  readonly provider: Provider
  readonly server: ChatServer
  /** Sends `request` with the changes. */
  readonly ask: (changes?: Partial<ModelRequest>) => Promise<ProviderOutcome>
}

export type ScriptedProviderOptions = { readonly apiKey?: string | null; readonly timeoutMs?: number }

/** The real provider against a real HTTP server; both are closed when the test ends. */
export async function startScriptedProvider(
  reply: ChatServerOptions['reply'],
  { apiKey = testKey, timeoutMs = 5000 }: ScriptedProviderOptions = {},
): Promise<ScriptedProvider> {
  const server = await startChatServer({ reply })
  const provider = createOpenAiProvider({ endpoint: server.baseUrl, apiKey, timeoutMs })
  onTestFinished(async () => {
    await server.close()
    await provider.close()
  })
  const { signal } = new AbortController()
  return { provider, server, ask: (changes) => provider.send({ ...request, ...changes }, signal) }
}

/** What one scripted reply comes to. */
export async function outcomeOf(scripted: Scripted, options?: ScriptedProviderOptions): Promise<ProviderOutcome> {
  const { ask } = await startScriptedProvider(() => scripted, options)
  return ask()
}

export async function answerTo(scripted: Scripted): Promise<Answer> {
  const outcome = await outcomeOf(scripted)
  if (outcome.status !== 'answered') throw new Error(`expected an answer, got ${JSON.stringify(outcome)}`)
  return outcome.answer
}
