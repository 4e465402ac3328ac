import type { WrittenCandidate } from '../../records/candidate.ts'
import type { ClassifiedPrompt } from '../../records/prompt.ts'
import { readFences } from './code-fences.ts'

/** A candidate's texts as the pattern rules read them: folded, with code left out (code may hold any marker). */
export type FoldedCandidate = { readonly answer: string; readonly reasoning: string }

// Several rules read the same folded texts; these memos only save time, and let go with the record they belong to.
const foldedCandidates = new WeakMap<WrittenCandidate, FoldedCandidate>()
const foldedPrompts = new WeakMap<ClassifiedPrompt, string>()

export function foldCandidate(candidate: WrittenCandidate): FoldedCandidate {
  const known = foldedCandidates.get(candidate)
  if (known) return known
  const folded = { answer: fold(omitCode(candidate.answer)), reasoning: fold(omitCode(candidate.reasoning)) }
  foldedCandidates.set(candidate, folded)
  return folded
}

/** All turns of the conversation, folded, code included. */
export function foldPrompt(prompt: ClassifiedPrompt): string {
  const known = foldedPrompts.get(prompt)
  if (known !== undefined) return known
  const folded = fold(prompt.messages.map((message) => message.content).join('\n\n'))
  foldedPrompts.set(prompt, folded)
  return folded
}

// Soft hyphen, zero-width marks, bidi controls: invisible, so they may not hide a phrase from a rule.
const invisible = /[\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/gu

/** Lower case, plain quotes and hyphens, single spaces, no invisible characters; line breaks stay. */
export function fold(text: string): string {
  const plain = /[\u0080-\uFFFF]/.test(text)
    ? text
        .replaceAll(invisible, '')
        .replaceAll(/[‘’ʼ]/gu, "'")
        .replaceAll(/[“”„]/gu, '"')
        .replaceAll(/[‐‑–−]/gu, '-')
    : text
  return plain.toLowerCase().replaceAll(/[^\S\n]{2,}|[\t\r\u00A0\u3000]/gu, ' ')
}

/** The text without fenced blocks and inline code. */
export function omitCode(text: string): string {
  return readFences(text).outside.replaceAll(/`[^`\n]{1,200}`/gu, ' ')
}
