import type { Sample } from '../../records/sample.ts'
import type { ShardMessage, TrainerFormat } from './trainer-format.ts'

const plain = {
  messageFields: ['role', 'content'],
  renderCompletion: (sample: Sample): ShardMessage => ({ role: 'assistant', content: sample.answer }),
  renderText: null,
  findConflict: () => null,
} as const

/** `messages` for Axolotl, LLaMA-Factory, torchtune; TRL sees prompt and completion first and trains on the completion. */
export const messagesFormat: TrainerFormat = { ...plain, fileKind: 'parquet', conversation: 'messages' }

/** Only `prompt` and `completion`, for trainers that choose by the columns they find. */
export const promptCompletionFormat: TrainerFormat = { ...plain, fileKind: 'parquet', conversation: 'none' }

/** OpenAI fine-tuning: one {"messages": [...]} a line, the last from the assistant. */
export const openaiJsonlFormat: TrainerFormat = { ...plain, fileKind: 'jsonl', conversation: 'messages' }
