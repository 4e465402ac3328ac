import type { Answer } from '../records/answer.ts'
import type { ModelRequest } from '../records/request.ts'
import type { Amount, Budget } from './budget.ts'
import { createChatBody } from './chat-body.ts'
import { costOf, costOfAnswer, type Price } from './price.ts'
import type { Provider, ProviderOutcome } from './provider.ts'

/** What a budget must know of a model. */
export type Tariff = {
  /** Null where no cap is in dollars. */
  readonly price: Price | null
  /** Tokens of a reply at the most, reasoning included. */
  readonly maxReplyTokens: number
}

/**
 * Sends an attempt only if the budget has room for its worst case, and settles what it came to. It goes below the
 * retries, so that each try is set aside and settled by itself. A try that may have been billed although no answer came
 * (a time-out, a reset, a body that is none) counts at its worst case.
 */
export function withBudget(
  provider: Provider,
  budget: Budget,
  { price, maxReplyTokens }: Tariff,
  drain?: AbortSignal,
): Provider {
  return {
    send: async (request, signal) => {
      const worst = estimateWorst(request, price, maxReplyTokens)
      const reservation = await budget.reserve(worst)
      if (reservation === null) return { status: 'unaffordable', detail: budget.read().reached ?? 'no room' }
      // It may have waited for room for long.
      if (drain?.aborted === true) {
        reservation.release()
        return { status: 'drained', detail: 'nothing more is sent' }
      }
      try {
        const outcome = await provider.send(request, signal)
        if (mayBeBilled(outcome)) reservation.settle(readAmount(outcome, price))
        else reservation.release()
        return outcome
      } catch (error) {
        reservation.settle(null)
        throw error
      }
    },
  }
}

/** Tokens that a chat template puts around a message; four in OpenAI's published counting, with room for other templates. */
const tokensAroundMessage = 16

/**
 * The most that a request can come to. A token of a byte-level vocabulary stands for one byte at least, so a text has at
 * most as many tokens as bytes; the schema counts once, however it is asked for.
 */
export function estimateWorst(request: ModelRequest, price: Price | null, maxReplyTokens: number): Amount {
  const { messages } = createChatBody(request, 'prompt')
  let promptTokens = tokensAroundMessage
  for (const { content } of messages) promptTokens += Buffer.byteLength(content) + tokensAroundMessage
  const usage = { promptTokens, completionTokens: maxReplyTokens, cachedPromptTokens: 0, reasoningTokens: 0 }
  return { tokens: promptTokens + maxReplyTokens, costUsd: price === null ? 0 : costOf(usage, price) }
}

function mayBeBilled(outcome: ProviderOutcome): boolean {
  return outcome.status === 'answered' || (outcome.status === 'retryable' && outcome.mayBeBilled)
}

function readAmount(outcome: ProviderOutcome, price: Price | null): Amount | null {
  return outcome.status === 'answered' ? measureAnswer(outcome.answer, price) : null
}

/** Null: it is not known. A filter that stopped the prompt, or a prompt that does not fit, was never generated for. */
export function measureAnswer({ usage, finish, text, via }: Answer, price: Price | null): Amount | null {
  if (usage !== null) {
    const tokens = usage.promptTokens + usage.completionTokens
    return { tokens, costUsd: price === null ? 0 : costOfAnswer(usage, via, price) }
  }
  const isUnbilled = finish === 'context_length' || (finish === 'content_filter' && text === '')
  return isUnbilled ? { tokens: 0, costUsd: 0 } : null
}
