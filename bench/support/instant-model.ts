import { createChatBody } from '../../pipeline/models/chat-body.ts'
import type { Executor } from '../../pipeline/executors/executor.ts'
import { createPlayModel } from '../../test/support/play-model.ts'

/** The play model without a server between: an executor that answers at once, to fill a store. */
export function createInstantExecutor(): Executor {
  const play = createPlayModel()
  return {
    execute: async (request) => {
      const body = createChatBody(request, request.structuredOutput)
      const messages = request.messages.map(({ role, content }) => ({ role, content }))
      const reply = play({ ...body, model: request.model, messages }, 0)
      if (!('content' in reply)) throw new Error('the play model misbehaved without being asked to')
      const characters = messages.reduce((sum, { content }) => sum + content.length, 0)
      return {
        status: 'answered',
        latencyMs: 0,
        answer: {
          finish: 'complete',
          text: reply.content ?? '',
          reasoning: '',
          refusal: '',
          usage: {
            promptTokens: Math.ceil(characters / 4),
            completionTokens: 100,
            cachedPromptTokens: 0,
            reasoningTokens: 0,
          },
          servedModel: request.model,
          responseId: '',
        },
      }
    },
  }
}
