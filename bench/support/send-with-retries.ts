/*
 * The baseline of bench/limits.ts, in a process of its own so that its storms do not slow the other down: the pipeline's
 * client and retries without a lane. Takes the addresses as arguments; on any message from the parent it sends how many
 * requests were lost at each.
 */
import { createOpenAiProvider } from '../../pipeline/models/openai-provider.ts'
import { withRetry } from '../../pipeline/models/retry.ts'
import { keepBusy } from './keep-busy.ts'

const drain = new AbortController().signal
const lost = process.argv.slice(2).map((endpoint) => {
  const provider = createOpenAiProvider({ endpoint, apiKey: null, timeoutMs: 60_000 })
  const retries = { maxTries: 6, baseDelayMs: 500, maxDelayMs: 60_000, random: Math.random }
  return keepBusy(withRetry(provider, retries), endpoint, drain)
})
process.on('message', () => process.send?.(lost.map((count) => count())))
