import type { Sample } from '../../records/sample.ts'
import type { TrainerFormat } from './trainer-format.ts'

/**
 * Chat templates and inference servers cut at these tags by plain text search, so one inside the reasoning or an
 * assistant turn would move words between reasoning and answer. Such a sample is refused rather than rewritten: an
 * altered answer is not the one that was graded. In a user's turn the tag is only text, and stays.
 */
const thinkTag = /<\s*\/?\s*think\s*>/i

/** R1 style: the reasoning inline, in the content. */
export const thinkInlineFormat: TrainerFormat = {
  fileKind: 'parquet',
  messageFields: ['role', 'content'],
  conversation: 'messages',
  renderCompletion: ({ reasoning, answer }) => ({
    role: 'assistant',
    content: `<think>\n${reasoning}\n</think>\n\n${answer}`,
  }),
  renderText: null,
  findConflict: findThinkTag,
}

/** Qwen3, GLM: the reasoning under a key of its own, which their templates put between the same tags. */
export const reasoningContentFormat: TrainerFormat = {
  fileKind: 'parquet',
  messageFields: ['role', 'content', 'reasoning_content'],
  conversation: 'messages',
  renderCompletion: ({ reasoning, answer }) => ({
    role: 'assistant',
    content: answer,
    reasoning_content: reasoning,
  }),
  renderText: null,
  findConflict: findThinkTag,
}

function findThinkTag(sample: Sample): string | null {
  const places = [
    ['the reasoning', sample.reasoning],
    ['the answer', sample.answer],
    ...sample.prompt.flatMap((turn) =>
      turn.role === 'assistant' ? [['an earlier assistant turn', turn.content]] : [],
    ),
  ]
  const hit = places.find(([, text]) => thinkTag.test(text ?? ''))
  return hit ? `${hit[0]} holds a <think> or </think> tag, which the format would read as its own` : null
}
