import type { Prompt } from '../../records/prompt.ts'
import type { Rejection } from '../../records/rejection.ts'
import { createContaminationIndex } from './contamination-index.ts'
import { createExactIndex } from './exact-index.ts'
import { computeNearKey, createNearIndex } from './near-index.ts'
import { joinTurns, normaliseConversation } from './normalise-text.ts'
import { rejectContaminated, rejectExactDuplicate, rejectNearDuplicate, type Twin } from './reject-prompt.ts'
import type { ScreenOptions } from './screen-options.ts'

type Prompts = AsyncIterable<Prompt> | Iterable<Prompt>

export type ScreenContext = {
  readonly options: ScreenOptions
  /** Prompts that no shard may hold, as the collect stage gave them; `source` is the name of their set. */
  readonly evaluations: Prompts
  readonly reject: (rejection: Rejection) => void | Promise<void>
}

const createNearCheck = (threshold: number) => {
  const index = createNearIndex(threshold)
  const families: string[] = []
  return (prompt: Prompt, turns: readonly string[], twins: readonly Twin[]): Rejection | null => {
    const key = computeNearKey(joinTurns(turns))
    const match = index.find(key, (item) => families[item] === prompt.family)
    const twin = match === null ? undefined : twins[match.item]
    if (match !== null && twin !== undefined) return rejectNearDuplicate(prompt, twin, match.similarity)
    index.add(key)
    families.push(prompt.family)
    return null
  }
}

/**
 * The check of one prompt after the other against the evaluations and all prompts kept before it, so that the first
 * of several copies stays. Members of a family are alike on purpose (intent variants, paraphrases) and are dropped only
 * as exact duplicates.
 */
const createCheck = async ({ options, evaluations }: ScreenContext) => {
  const contamination = createContaminationIndex(options)
  for await (const prompt of evaluations) contamination.add(prompt)
  const exact = createExactIndex()
  const twins: Twin[] = []
  const checkNear = options.nearDuplicateThreshold === null ? null : createNearCheck(options.nearDuplicateThreshold)

  return (prompt: Prompt): Rejection | null => {
    const turns = normaliseConversation(prompt.messages)
    const twin = twins[exact.find(turns) ?? -1]
    if (twin !== undefined) return rejectExactDuplicate(prompt, twin)
    const contaminated = contamination.find(prompt.messages)
    if (contaminated !== null) return rejectContaminated(prompt, contaminated)
    const near = checkNear?.(prompt, turns, twins) ?? null
    if (near !== null) return near
    exact.add(turns, twins.length)
    twins.push({ id: prompt.id, location: prompt.location })
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
 * order. Memory grows by about 1.0 KB a kept prompt of 70 words and 1.2 KB one of any length (bench/screen.ts).
 */
export const screen = { name: 'screen', version: 1, run } as const
