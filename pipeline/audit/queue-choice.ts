import { z } from 'zod'
import { UserError } from '../records/user-error.ts'

/** Scores that a range can be asked of. */
export const scoreColumns = ['safety', 'helpfulness', 'reasoning_quality', 'reward'] as const
export const disagreements = ['votes', 'graders', 'either'] as const
/** `open` and `unread`: no one's, or not this auditor's, accept or reject stands on any candidate of the prompt. */
export const decisionFilters = ['decided', 'open', 'unread', 'conflict', 'stale', 'flagged'] as const
export const orders = ['build', 'random', 'uncertain', 'near', 'movers'] as const
export const strataColumns = ['category', 'mode', 'intent', 'outcome'] as const
/** Filters that ask a column for one value. */
export const labelColumns = ['code', 'stage', 'category', 'mode', 'intent', 'language', 'source', 'severity'] as const

const label = z.string().max(300).optional()
const share = z.coerce.number().min(0).max(1).optional()

export const queueChoiceSchema = z.strictObject({
  code: label,
  stage: label,
  category: label,
  mode: label,
  intent: label,
  language: label,
  source: label,
  severity: label,
  /** A grader that failed the candidate or could not grade it. */
  grader: label,
  score: z.enum(scoreColumns).optional(),
  min: share,
  max: share,
  disagree: z.enum(disagreements).optional(),
  decision: z.enum(decisionFilters).optional(),
  text: z.string().max(1000).optional(),
  order: z.enum(orders).default('build'),
  /** Of `random`. */
  seed: z.coerce.number().int().min(0).max(2_147_483_647).default(1),
  /** Of `random`: so many of each stratum. */
  n: z.coerce.number().int().min(1).max(100_000).default(20),
  strata: z.array(z.enum(strataColumns)).readonly().default([]),
})
/** Which samples, in which order: all of it stands in the address, so that a queue can be shared and gone back to. */
export type QueueChoice = Readonly<z.infer<typeof queueChoiceSchema>>

/**
 * Empty fields of a form count as not given; so do parameters that are none of a queue's.
 * @throws UserError `audit_queue`
 */
export function readQueueChoice(parameters: URLSearchParams): QueueChoice {
  const given: Record<string, string | readonly string[]> = {}
  for (const name of Object.keys(queueChoiceSchema.shape)) {
    const values = parameters.getAll(name).filter((value) => value !== '')
    const [value] = values
    if (value !== undefined) given[name] = name === 'strata' ? [...new Set(values)] : value.toWellFormed()
  }
  const parsed = queueChoiceSchema.safeParse(given)
  if (parsed.success) return parsed.data
  throw new UserError('audit_queue', `expected filters and an order, got: ${z.prettifyError(parsed.error)}`, {
    remedy: 'Set them with the form under Filters.',
  })
}

/** The parameters of an address; equal choices give equal text. */
export function writeQueueChoice(choice: QueueChoice): string {
  const parameters = new URLSearchParams()
  for (const name of [...labelColumns, 'grader', 'score', 'min', 'max', 'disagree', 'decision', 'text'] as const) {
    const value = choice[name]
    if (value !== undefined) parameters.set(name, String(value))
  }
  parameters.set('order', choice.order)
  if (choice.order === 'random') {
    parameters.set('seed', String(choice.seed))
    parameters.set('n', String(choice.n))
    for (const column of strataColumns) if (choice.strata.includes(column)) parameters.append('strata', column)
  }
  return parameters.toString()
}
