import type { Sample } from '../records/sample.ts'
import { harmonyFormat, thinkingFormat } from './formats/harmony-formats.ts'
import { messagesFormat, openaiJsonlFormat, promptCompletionFormat } from './formats/plain-formats.ts'
import { reasoningContentFormat, thinkInlineFormat } from './formats/think-formats.ts'
import type { TrainerFormat } from './formats/trainer-format.ts'
import { isAllWellFormed } from './well-formed.ts'

export const trainerFormatNames = [
  'messages',
  'prompt_completion',
  'think_inline',
  'reasoning_content',
  'thinking',
  'harmony',
  'openai_jsonl',
] as const
export type TrainerFormatName = (typeof trainerFormatNames)[number]

/** The formats that a build config can name. */
export const trainerFormats: Readonly<Record<TrainerFormatName, TrainerFormat>> = {
  messages: messagesFormat,
  prompt_completion: promptCompletionFormat,
  think_inline: thinkInlineFormat,
  reasoning_content: reasoningContentFormat,
  thinking: thinkingFormat,
  harmony: harmonyFormat,
  openai_jsonl: openaiJsonlFormat,
}

/**
 * Why a sample cannot go into a shard of this format, as one sentence for a rejection; null when it can. A sample with
 * no conflict can be rendered and written.
 */
export function findFormatConflict(sample: Sample, format: TrainerFormat): string | null {
  if (!isAllWellFormed(sample)) return 'a text of the sample holds a lone surrogate, which no file format can keep'
  return format.findConflict(sample)
}
