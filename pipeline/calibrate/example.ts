import type { Intent } from '../records/prompt.ts'
import type { Message } from '../records/message.ts'
import type { ResponseMode } from '../records/response-mode.ts'

/** An answer that people labelled. */
export type Example = {
  /** SHA-256, hex, of the conversation and the answer: equal ones have equal ids. */
  readonly id: string
  /** `file:line` or `file#row`. */
  readonly location: string
  readonly messages: readonly Message[]
  readonly answer: string
  /** The people's word, as the file has it; empty where it has none. */
  readonly word: string
  readonly reasoning: string | null
  readonly category: string | null
  readonly intent: Intent | null
  readonly mode: ResponseMode | null
  readonly language: string | null
  /** Field to value, of the fields under `slices`. */
  readonly slices: Readonly<Record<string, string>>
}
