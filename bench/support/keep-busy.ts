import type { Provider } from '../../pipeline/models/provider.ts'
import type { ModelRequest } from '../../pipeline/records/request.ts'

/** Requests that want to be sent at any moment. */
export const demand = 64

/** Sends until `drain`, always as much as the provider takes. Returns how many requests failed after all their tries. */
export function keepBusy(provider: Provider, endpoint: string, drain: AbortSignal): () => number {
  const { signal } = new AbortController()
  let lost = 0
  const request: ModelRequest = {
    endpoint,
    model: 'limited',
    messages: [{ role: 'user', content: 'x'.repeat(2000) }],
    parameters: {},
    schema: null,
    structuredOutput: 'json_schema',
    repeat: 0,
  }
  const work = async (): Promise<void> => {
    while (!drain.aborted) {
      const outcome = await provider.send(request, signal)
      if (outcome.status !== 'answered' && !drain.aborted) lost += 1
    }
  }
  for (let n = 0; n < demand; n++) void work()
  return () => lost
}
