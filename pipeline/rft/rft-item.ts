import { createNonce, renderConversation } from '../graders/fence.ts'
import type { SpecSet } from '../guidance/spec-set.ts'
import type { Message } from '../records/message.ts'
import type { Intent } from '../records/prompt.ts'
import type { ResponseMode } from '../records/response-mode.ts'
import type { ShardColumn, ShardRow } from '../shards/shard-writer.ts'

/** A prompt of a build, with its accepted answer where there is one. */
export type RftPrompt = {
  readonly promptId: string
  readonly family: string
  readonly category: string
  readonly intent: Intent
  readonly language: string | null
  readonly messages: readonly Message[]
  readonly reference: { readonly answer: string; readonly mode: ResponseMode } | null
}

/** A line of `train.jsonl`: what the model is shown is `messages` alone; the others are for graders. */
export type RftItem = {
  readonly messages: readonly Message[]
  readonly prompt_id: string
  readonly family: string
  readonly category: string
  readonly intent: Intent
  readonly language: string | null
  /** `accepted`: the build has a row of this prompt; `rejected`: none of its candidates passed. */
  readonly outcome: 'accepted' | 'rejected'
  /** The modes that the spec set uses. Which of them fits follows from the answer, not from the prompt. */
  readonly allowed_modes: readonly ResponseMode[]
  readonly reference_answer: string | null
  readonly reference_mode: ResponseMode | null
  /** spec(category), as the judges of the build were shown it. */
  readonly spec: string
  /** The messages as one text, as judges are shown them. */
  readonly conversation: string
  /** Marks the text under judgement in a grader that cannot take one from the answer (docs/decisions/0025-rft.md). */
  readonly nonce: string
}

/** @param buildId Nobody knew it when the prompt was written, so no prompt can hold its nonce. */
export function toRftItem(prompt: RftPrompt, specs: SpecSet, buildId: string): RftItem {
  const { messages, promptId, family, category, intent, language, reference } = prompt
  const guidance = specs.forCategory(category)
  const conversation = renderConversation(messages)
  return {
    messages,
    prompt_id: promptId,
    family,
    category,
    intent,
    language,
    outcome: reference === null ? 'rejected' : 'accepted',
    allowed_modes: guidance.modes,
    reference_answer: reference?.answer ?? null,
    reference_mode: reference?.mode ?? null,
    spec: guidance.text,
    conversation,
    nonce: createNonce(buildId, conversation),
  }
}

/** The columns of `train.parquet`, in file order: `prompt` is what TRL's trainers call `messages`. */
export const rftColumns: readonly ShardColumn[] = [
  { name: 'prompt', type: 'messages', nullable: false, fields: ['role', 'content'] },
  text('prompt_id'),
  text('family'),
  text('category'),
  text('intent'),
  text('language', true),
  text('outcome'),
  { name: 'allowed_modes', type: 'strings', nullable: false },
  text('reference_answer', true),
  text('reference_mode', true),
  text('spec'),
  text('conversation'),
  text('nonce'),
]

export function toRftRow({ messages, ...fields }: RftItem): ShardRow {
  return { prompt: messages, ...fields }
}

function text(name: string, nullable = false): ShardColumn {
  return { name, type: 'string', nullable }
}
