import type { ModelConfig } from './model-config.ts'

/** Tokens that a reply of a model can have at the most; null where the config does not say. */
export function findReplyBound({
  parameters,
  maxReplyTokens,
}: Pick<ModelConfig, 'parameters' | 'maxReplyTokens'>): number | null {
  const { max_completion_tokens: completion, max_tokens: tokens } = parameters
  const bound = completion ?? tokens
  return typeof bound === 'number' ? bound : maxReplyTokens
}
