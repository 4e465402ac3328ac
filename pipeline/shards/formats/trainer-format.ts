import type { Sample } from '../../records/sample.ts'

/** A message struct of a shard: role, content and, where the trainer wants it, a key for the reasoning. */
export type ShardMessage = Readonly<Record<string, string>>

/** How one family of trainers takes a sample. Every format keeps the reasoning in its own column as well. */
export type TrainerFormat = {
  readonly fileKind: 'parquet' | 'jsonl'
  /** Fields of the structs in `completion` and `messages`. */
  readonly messageFields: readonly string[]
  /** What stands beside `prompt` and `completion`: the whole conversation as messages, as one text, or not at all. */
  readonly conversation: 'messages' | 'messages_and_text' | 'none'
  /** The one trained turn. Earlier turns are always plain role and content: earlier reasoning is never trained on. */
  readonly renderCompletion: (sample: Sample) => ShardMessage
  /** The `text` column of `messages_and_text`; null elsewhere. */
  readonly renderText: ((sample: Sample) => string) | null
  /** Why this sample would be misread in this format; null when it would not. */
  readonly findConflict: (sample: Sample) => string | null
}
