import type { Prompt } from '../../records/prompt.ts'
import type { Rejection } from '../../records/rejection.ts'
import { rejectPrompt } from '../reject.ts'
import type { Contamination } from './contamination-index.ts'

/** The kept prompt that a dropped one resembles. */
export type Twin = Pick<Prompt, 'id' | 'location'>

const reject = (prompt: Prompt, code: Rejection['code'], detail: string, evidence: readonly string[]): Rejection =>
  rejectPrompt(prompt, { stage: 'screen', code, detail, evidence: [...evidence] })

const nameTwin = ({ id, location }: Twin): readonly string[] => [`twin: ${id}`, `twin at: ${location}`]

export const rejectExactDuplicate = (prompt: Prompt, twin: Twin): Rejection =>
  reject(prompt, 'exact_duplicate', `the same text as ${twin.id} up to case, punctuation and spacing`, nameTwin(twin))

export const rejectNearDuplicate = (prompt: Prompt, twin: Twin, similarity: number): Rejection =>
  reject(prompt, 'near_duplicate', `nearly the same text as ${twin.id}, which is of another family`, [
    ...nameTwin(twin),
    `similarity: ${similarity.toFixed(3)}`,
  ])

const ways = {
  exact: 'is a prompt',
  ngram: 'shares a run of words with a prompt',
  evaluation_contained: 'contains a prompt',
  prompt_contained: 'is part of a prompt',
} as const satisfies Record<Contamination['how'], string>

export const rejectContaminated = (prompt: Prompt, { how, set, location, matched }: Contamination): Rejection =>
  reject(prompt, 'contaminated', `${ways[how]} of the evaluation set ${set}`, [
    `evaluation: ${set}`,
    `evaluation at: ${location}`,
    `match: ${how}`,
    `matched: ${matched}`,
  ])
