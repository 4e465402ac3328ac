import { z } from 'zod'
import type { FoundBuild } from '../build/find-builds.ts'
import { readBuildRows } from '../build/read-build-rows.ts'
import { readAnswer } from '../diff/read-row.ts'
import { messageSchema } from '../records/message.ts'
import { intentSchema } from '../records/prompt.ts'
import { responseModeSchema } from '../records/response-mode.ts'
import type { RftPrompt } from './rft-item.ts'

const labels = { family: z.string(), category: z.string(), intent: intentSchema, language: z.string().nullable() }
const acceptedSchema = z.object({
  prompt_id: z.string(),
  ...labels,
  prompt: z.array(messageSchema).min(1).readonly(),
  completion: z.tuple([z.object({ content: z.string() })]),
  reasoning: z.string(),
  mode: responseModeSchema,
})
const rejectedSchema = z.object({
  prompt_id: z.string(),
  ...labels,
  messages: z.array(messageSchema).min(1).readonly(),
})
const reasonSchema = z.object({
  prompt_id: z.string().nullable(),
  candidate_id: z.string().nullable(),
  code: z.string(),
})

/** Codes of candidates that passed and had no place: their prompts are not hard, and somebody set the limit on purpose. */
const withoutPlace: ReadonlySet<string> = new Set(['mixture_cap', 'over_quota'])

export type SortedPrompts = {
  readonly accepted: ReadonlySet<string>
  /** No candidate passed. */
  readonly hard: ReadonlySet<string>
  /** A candidate passed, and a cap or a quota was full. */
  readonly withoutPlace: ReadonlySet<string>
  /** Rejected before a candidate was asked for: copies, prompts of evaluation sets, prompts without labels. */
  readonly unanswered: ReadonlySet<string>
}

/** What became of every prompt of a build; bad rows of a source are no prompts. Holds ids only. */
export async function sortPrompts(build: FoundBuild): Promise<SortedPrompts> {
  const sorted = {
    accepted: new Set<string>(),
    hard: new Set<string>(),
    withoutPlace: new Set<string>(),
    unanswered: new Set<string>(),
  }
  const columns = { accepted: ['prompt_id'], rejected: Object.keys(reasonSchema.shape) }
  for await (const { outcome, row } of readBuildRows(build, columns)) {
    if (outcome === 'accepted') {
      sorted.accepted.add(acceptedSchema.pick({ prompt_id: true }).parse(row).prompt_id)
      continue
    }
    const { prompt_id: id, candidate_id: candidate, code } = reasonSchema.parse(row)
    if (id === null || sorted.accepted.has(id)) continue
    if (candidate === null) sorted.unanswered.add(id)
    else if (withoutPlace.has(code)) sorted.withoutPlace.add(id)
    else sorted.hard.add(id)
  }
  // A prompt that was screened out may be a copy, by the very same id, of one that was answered.
  return {
    ...sorted,
    hard: sorted.hard.difference(sorted.withoutPlace),
    unanswered: sorted.unanswered.difference(sorted.hard).difference(sorted.withoutPlace),
  }
}

/**
 * Streams the prompts with an accepted row, then the hard ones, in the order of the build's files.
 * @param hard Ids as {@link sortPrompts} has them; empty where they are not wanted.
 */
export async function* readPrompts(
  build: FoundBuild,
  format: string,
  hard: ReadonlySet<string>,
): AsyncGenerator<RftPrompt> {
  const columns = { accepted: Object.keys(acceptedSchema.shape) }
  for await (const { row } of readBuildRows(build, columns, ['accepted'])) {
    const { prompt_id: promptId, prompt: messages, mode, completion, reasoning, ...rest } = acceptedSchema.parse(row)
    yield { promptId, messages, ...rest, reference: { answer: readAnswer({ completion, reasoning }, format), mode } }
  }
  if (hard.size === 0) return
  const seen = new Set<string>()
  const named = { rejected: [...Object.keys(rejectedSchema.shape), 'candidate_id'] }
  for await (const { row } of readBuildRows(build, named, ['rejected'])) {
    const id = row['prompt_id']
    if (typeof id !== 'string' || row['candidate_id'] === null || !hard.has(id) || seen.has(id)) continue
    seen.add(id)
    const { prompt_id: promptId, ...rest } = rejectedSchema.parse(row)
    yield { promptId, ...rest, reference: null }
  }
}
