import type { Prompt } from '../../records/prompt.ts'
import type { Rejection } from '../../records/rejection.ts'
import { createContaminationIndex } from './contamination-index.ts'
import { createExactIndex } from './exact-index.ts'
import { computeNearKey, createNearIndex } from './near-index.ts'
import { joinTurns, normaliseConversation } from './normalise-text.ts'
import { rejectContaminated, rejectExactDuplicate, rejectNearDuplicate } from './reject-prompt.ts'
import type { ScreenMemory } from './screen-memory.ts'
import type { ScreenOptions } from './screen-options.ts'
import { createSketchPool } from './sketch-pool.ts'

type Prompts = AsyncIterable<Prompt> | Iterable<Prompt>

export type ScreenContext = {
  readonly options: ScreenOptions
  /** Prompts that no shard may hold, as the collect stage gave them; `source` is the name of their set. */
  readonly evaluations: Prompts
  /** Of this run alone: nothing may have been appended before. */
  readonly memory: ScreenMemory
  readonly reject: (rejection: Rejection) => void | Promise<void>
}

const createNearCheck = (threshold: number, { sketches, kept }: ScreenMemory) => {
  const index = createNearIndex(threshold, createSketchPool(sketches))
  return (prompt: Prompt, turns: readonly string[]): Rejection | null => {
    const key = computeNearKey(joinTurns(turns))
    const match = index.find(key, (item) => kept.get(item)?.family === prompt.family)
    const twin = match === null ? undefined : kept.get(match.item)
    if (match !== null && twin !== undefined) return rejectNearDuplicate(prompt, twin, match.similarity)
    index.add(key)
    return null
  }
}

/**
 * The check of one prompt after the other against the evaluations and all prompts kept before it, so that the first
 * of several copies stays. Members of a family are alike on purpose (intent variants, paraphrases) and are dropped only
 * as exact duplicates. What is kept has the same number in every index and in the memory.
 */
const createCheck = async ({ options, evaluations, memory }: ScreenContext) => {
  const contamination = createContaminationIndex(options)
  for await (const prompt of evaluations) contamination.add(prompt)
  const exact = createExactIndex()
  const { kept } = memory
  const checkNear =
    options.nearDuplicateThreshold === null ? null : createNearCheck(options.nearDuplicateThreshold, memory)

  return (prompt: Prompt): Rejection | null => {
    const turns = normaliseConversation(prompt.messages)
    const copied = exact.find(turns)
    const twin = copied === undefined ? undefined : kept.get(copied)
    if (twin !== undefined) return rejectExactDuplicate(prompt, twin)
    const contaminated = contamination.find(prompt.messages)
    if (contaminated !== null) return rejectContaminated(prompt, contaminated)
    const near = checkNear?.(prompt, turns) ?? null
    if (near !== null) return near
    exact.add(turns)
    kept.append({ id: prompt.id, location: prompt.location, family: prompt.family })
    return null
  }
}

async function* run(prompts: Prompts, context: ScreenContext): AsyncGenerator<Prompt> {
  const check = await createCheck(context)
  for await (const prompt of prompts) {
    const rejection = check(prompt)
    if (rejection === null) yield prompt
    else await context.reject(rejection)
  }
}

/**
 * Drops exact duplicates, prompts that an evaluation holds, and near duplicates; what it keeps is unchanged and in
 * order. In memory are some 300 bytes a kept prompt, whatever its length, and at most 32 MB of sketches (bench/screen.ts).
 */
export const screen = { name: 'screen', version: 1, run } as const
