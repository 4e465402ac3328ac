import type { Answer } from '../../records/answer.ts'
import type { Reading } from '../../models/ask-in-form.ts'
import type { ResponseMode } from '../../records/response-mode.ts'

export type Generation = { readonly reasoning: string; readonly mode: ResponseMode; readonly answer: string }

/** Where the reasoning comes from: a section of the reply's text, or the server's native reasoning field. */
export const reasoningOrigins = ['section', 'native'] as const
export type ReasoningOrigin = (typeof reasoningOrigins)[number]

/**
 * Reads `<reasoning>…</reasoning><mode>…</mode><answer>…</answer>` with nothing outside it. The first closing tag ends
 * a section, the last `</answer>` ends the reply. Anything else is malformed, and says why in the model's terms.
 */
export function readGeneration(
  answer: Answer,
  modes: readonly ResponseMode[],
  origin: ReasoningOrigin,
): Reading<Generation> {
  let rest = answer.text.trim()
  let reasoning = answer.reasoning.trim()
  if (origin === 'section') {
    const section = takeSection(rest, 'reasoning')
    if (section === null) return malformed('expected the reply to start with <reasoning>…</reasoning>')
    reasoning = section.inner
    rest = section.rest
  }
  if (reasoning === '') return malformed('expected reasoning, got none')
  const mode = takeSection(rest, 'mode')
  if (mode === null) return malformed('expected <mode>…</mode> before the answer')
  const known = modes.find((one) => one === mode.inner)
  if (known === undefined) {
    return {
      ok: false,
      code: 'malformed',
      problem: `expected a mode of ${modes.join(', ')}, got "${mode.inner.slice(0, 80)}"`,
    }
  }
  const [open, close] = ['<answer>', '</answer>']
  if (!mode.rest.startsWith(open) || !mode.rest.endsWith(close)) {
    return malformed('expected <answer>…</answer> after the mode and nothing after it')
  }
  const text = mode.rest.slice(open.length, -close.length).trim()
  if (text === '') return malformed('expected an answer, got an empty one')
  return { ok: true, value: { reasoning, mode: known, answer: text } }
}

function takeSection(text: string, tag: string): { inner: string; rest: string } | null {
  const [open, close] = [`<${tag}>`, `</${tag}>`]
  const end = text.indexOf(close)
  if (!text.startsWith(open) || end === -1) return null
  return { inner: text.slice(open.length, end).trim(), rest: text.slice(end + close.length).trim() }
}

function malformed(problem: string): Reading<never> {
  return { ok: false, code: 'malformed', problem }
}
