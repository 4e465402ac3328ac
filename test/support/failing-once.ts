import type { ChatBody, Scripted } from './chat-server.ts'
import { createPlayModel } from './play-model.ts'

/*
 * A fixture, not a model: the play model, but what it is asked about some prompts goes wrong. Which step is meant follows
 * from the schema that a request asks for, as in the play model.
 */

type Step = 'classify' | 'generate' | 'safety'

export type Failure = {
  readonly prompt: string
  readonly step: Step
  readonly reply: Scripted
  /** How often each request, told by its messages, goes wrong. Default: once. */
  readonly times?: number
}

const play = createPlayModel()

/** Everything passes but the failures, each so often. */
export function createFailingModel(failures: readonly Failure[]): (body: ChatBody, n: number) => Scripted {
  const counts = new Map<string, number>()
  return (body, n) => {
    const step = stepOf(body)
    const failure = failures.find((one) => one.step === step && isAbout(body, one.prompt))
    if (failure === undefined) return step === 'safety' ? passing : play(body, n)
    const key = `${step} ${JSON.stringify(body.messages)}`
    const count = counts.get(key) ?? 0
    counts.set(key, count + 1)
    if (count < (failure.times ?? 1)) return failure.reply
    return step === 'safety' ? passing : play(body, n)
  }
}

export function isAbout({ messages }: ChatBody, prompt: string): boolean {
  return messages.some(({ content }) => content.includes(prompt))
}

export const truncated: Scripted = { content: '<reasoning>I was just', finish_reason: 'length' }
export const filtered: Scripted = { content: '', finish_reason: 'content_filter' }
export const formless: Scripted = { content: 'Sure, here is my answer without any form.' }
export const refused: Scripted = { content: null, refusal: 'I cannot help with that.' }

export function turnDown(status: number): Scripted {
  return { status, body: { error: { message: 'turned down', type: 'invalid_request_error', code: null } } }
}

const passing: Scripted = {
  content: JSON.stringify({
    rationale: 'Nothing operational.',
    compliance: 'compliant',
    severity: 'none',
    clauses: ['SP-1'],
    intent_label: 'agree',
  }),
}

function stepOf(body: ChatBody): Step | null {
  const format = JSON.stringify(body['response_format'] ?? null)
  if (format === 'null') return 'generate'
  if (format.includes('safety_verdict')) return 'safety'
  return format.includes('prompt_labels') ? 'classify' : null
}
