import type { Usage } from '../records/answer.ts'
import type { ModelRequest } from '../records/request.ts'

/** What a request will come to in tokens, prompt and reply, as far as earlier ones tell. */
export type TokenEstimator = {
  readonly estimate: (request: ModelRequest) => number
  readonly learn: (request: ModelRequest, usage: Usage) => void
}

/** A token is about four characters of English text (OpenAI's rule of thumb); the usages correct it. */
const firstTokensPerCharacter = 0.25
/** Ours: an answer with its reasoning; the usages correct it. */
const firstReplyTokens = 500
/** Weight of a new usage. Requests of a lane differ by step, so one alone says little. */
const weight = 0.05

export function createTokenEstimator(): TokenEstimator {
  let tokensPerCharacter = firstTokensPerCharacter
  let replyTokens = firstReplyTokens
  return {
    estimate: (request) => Math.ceil(countCharacters(request) * tokensPerCharacter + replyTokens),
    learn(request, { promptTokens, completionTokens }) {
      const seen = promptTokens / Math.max(1, countCharacters(request))
      tokensPerCharacter += weight * (seen - tokensPerCharacter)
      replyTokens += weight * (completionTokens - replyTokens)
    },
  }
}

function countCharacters({ messages }: ModelRequest): number {
  return messages.reduce((sum, { content }) => sum + content.length, 0)
}
