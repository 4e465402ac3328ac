import type { StoredAnswer } from '../../pipeline/answers/answer-store.ts'
import { digestRequest } from '../../pipeline/answers/request-digest.ts'
import type { Answer } from '../../pipeline/records/answer.ts'
import type { ModelRequest } from '../../pipeline/records/request.ts'
import type { Retry } from '../../pipeline/records/retry.ts'

export const request: ModelRequest = {
  endpoint: 'http://play.invalid/v1',
  model: 'play',
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Hello?' },
  ],
  parameters: { temperature: 0.5, max_tokens: 100 },
  schema: { name: 'verdict', schema: { type: 'object', required: ['rating'] } },
  structuredOutput: 'json_schema',
  repeat: 0,
}

export const answer: Answer = {
  finish: 'complete',
  text: 'Hello.',
  reasoning: '',
  refusal: '',
  usage: { promptTokens: 10, completionTokens: 5, cachedPromptTokens: 0, reasoningTokens: 0 },
  servedModel: 'play-1',
  responseId: 'chatcmpl-1',
}

/** An entry for `request` with the changes, under its true digest. */
export function makeEntry(changes: Partial<ModelRequest> = {}, text = answer.text): StoredAnswer {
  const changed = { ...request, ...changes }
  return {
    digest: digestRequest(changed),
    request: changed,
    answer: { ...answer, text },
    step: 'generate',
    category: 'general',
    createdAt: '2026-01-02T03:04:05.000Z',
    latencyMs: 12,
  }
}

/** An entry of its own for each number. */
export function makeEntries(count: number): readonly StoredAnswer[] {
  return Array.from({ length: count }, (_, n) => {
    const user = { role: 'user', content: `Question ${n}?` } as const
    return makeEntry({ messages: [{ role: 'system', content: `System ${n % 3}` }, user] }, `Answer ${n}.`)
  })
}

/** @param digit A hex digit, of which its digest is made. */
export function makeRetry(digit: string, attempt: number): Retry {
  const digest = digit.repeat(64)
  return { digest, attempt, failed: [digest], reason: 'truncated', runId: 'r-1', at: '2026-01-02T03:04:05.000Z' }
}
