import type { Message } from '../../pipeline/records/message.ts'
import type { Prompt } from '../../pipeline/records/prompt.ts'
import type { Rejection } from '../../pipeline/records/rejection.ts'
import { computePromptId } from '../../pipeline/stages/collect/prompt-id.ts'
import { screen } from '../../pipeline/stages/screen/screen.ts'
import { createHeapMemory } from '../../pipeline/stages/screen/screen-memory.ts'
import { screenOptionsSchema, type ScreenOptions } from '../../pipeline/stages/screen/screen-options.ts'

/** A prompt of one user turn, or of turns that alternate from the user on. */
export const makePrompt = (turns: string | readonly string[], given: Partial<Prompt> = {}): Prompt => {
  const messages: readonly Message[] = (typeof turns === 'string' ? [turns] : turns).map((content, index) => ({
    role: index % 2 === 0 ? 'user' : 'assistant',
    content,
  }))
  const id = computePromptId(given.messages ?? messages)
  const labels = { category: null, intent: null, language: null, source: 'test', location: 'x.jsonl:1' }
  return { id, messages, family: id, ...labels, ...given }
}

export type Screened = { readonly kept: readonly Prompt[]; readonly rejections: readonly Rejection[] }

export const screenPrompts = async (
  prompts: readonly Prompt[],
  evaluations: readonly Prompt[] = [],
  options: Partial<ScreenOptions> = {},
): Promise<Screened> => {
  const rejections: Rejection[] = []
  const kept = await Array.fromAsync(
    screen.run(prompts, {
      options: screenOptionsSchema.parse(options),
      evaluations,
      memory: createHeapMemory(),
      reject: (rejection) => void rejections.push(rejection),
    }),
  )
  return { kept, rejections }
}

/** What became of each prompt: `kept` or the rejection's code, in input order. Prompts must have distinct locations. */
export const screenTexts = async (texts: readonly (string | readonly string[])[]): Promise<readonly string[]> => {
  const { rejections } = await screenPrompts(
    texts.map((text, index) => makePrompt(text, { location: `x.jsonl:${index}` })),
  )
  const codes = new Map(rejections.map(({ location, code }) => [location, code]))
  return texts.map((_, index) => codes.get(`x.jsonl:${index}`) ?? 'kept')
}
