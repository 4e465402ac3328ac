import type { Template } from '../guidance/template.ts'
import type { Answer } from '../records/answer.ts'
import type { ModelRequest } from '../records/request.ts'
import type { ModelPort, Purpose, Reply } from './model-port.ts'

/** A reader's finding: the value, or what is wrong, told so that the model can mend it. */
export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: 'malformed' | 'off_menu'; readonly problem: string }

/** What an answer is that no reader sees: it is as final as a reply that was read. */
type UnreadableCode = 'model_refused' | 'content_filter' | 'truncated' | 'context_length' | 'declined'

export type FormedReply<T> =
  | { readonly status: 'read'; readonly value: T; readonly requests: readonly string[] }
  | {
      readonly status: 'unusable'
      readonly code: 'malformed' | 'off_menu' | UnreadableCode
      readonly detail: string
      readonly text: string
      readonly requests: readonly string[]
    }
  | { readonly status: 'unavailable'; readonly reply: Extract<Reply, { status: 'unavailable' }> }

/**
 * Asks, reads the reply, and on a reply that is not in its form asks once more with the problem named. The repair is a
 * request like any other: it has its own digest, so a rerun finds it in the store. Refusals, filter stops,
 * truncation and declined requests are outcomes and are not repaired.
 */
export async function askInForm<T>(
  models: ModelPort,
  request: ModelRequest,
  purpose: Purpose,
  repair: Template,
  read: (answer: Answer) => Reading<T>,
): Promise<FormedReply<T>> {
  const first = await models.ask(request, purpose)
  if (first.status === 'unavailable') return { status: 'unavailable', reply: first }
  const firstReading = readAnswer(first.answer, read)
  if (firstReading.ok) return { status: 'read', value: firstReading.value, requests: [first.digest] }
  if (!isRepairable(firstReading.code)) return unusable(firstReading, first.answer, [first.digest])

  const messages = [
    ...request.messages,
    { role: 'assistant', content: first.answer.text } as const,
    ...repair.render({ problem: firstReading.problem }),
  ]
  // A model may give a bad reply twice, and its repair would then be found in the store, as bad as before.
  const attempt = first.attempt === undefined ? {} : { attempt: first.attempt }
  const second = await models.ask({ ...request, messages, ...attempt }, purpose)
  if (second.status === 'unavailable') return { status: 'unavailable', reply: second }
  const requests = [first.digest, second.digest]
  const secondReading = readAnswer(second.answer, read)
  if (secondReading.ok) return { status: 'read', value: secondReading.value, requests }
  return unusable(secondReading, second.answer, requests)
}

type Problem = {
  readonly ok: false
  readonly code: Extract<FormedReply<never>, { status: 'unusable' }>['code']
  readonly problem: string
}

function readAnswer<T>(answer: Answer, read: (answer: Answer) => Reading<T>): { ok: true; value: T } | Problem {
  switch (answer.finish) {
    case 'refused':
      return { ok: false, code: 'model_refused', problem: answer.refusal || 'the model refused' }
    case 'content_filter':
      return { ok: false, code: 'content_filter', problem: answer.refusal || "stopped by the provider's filter" }
    case 'truncated':
      return { ok: false, code: 'truncated', problem: 'the reply reached the token limit' }
    case 'context_length':
      return { ok: false, code: 'context_length', problem: answer.refusal || 'the prompt does not fit the context' }
    case 'declined':
      return { ok: false, code: 'declined', problem: answer.refusal || 'the server declined the request' }
    case 'complete':
      return read(answer)
  }
}

function isRepairable(code: Problem['code']): boolean {
  return code === 'malformed' || code === 'off_menu'
}

function unusable<T>(problem: Problem, answer: Answer, requests: readonly string[]): FormedReply<T> {
  return { status: 'unusable', code: problem.code, detail: problem.problem, text: answer.text, requests }
}
