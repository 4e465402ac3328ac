import { readFences } from './code-fences.ts'
import type { Rule } from './rule.ts'

// Marks that end a sentence: Latin, CJK, Devanagari, Urdu, Arabic, Armenian, Ethiopic, Khmer, Burmese, Tibetan.
const sentenceMark = /[.!?…。！？．｡।॥؟۔։።፧។៕။༎][\p{Pe}\p{Pf}"'*_]{0,4}(?:\s|$|(?<=[。！？．｡]))/u

/** Nothing ends on these; a colon or comma may end a form's label or a letter's greeting ("Kind regards,"). */
const danglingEnd = /[([{«‹（「『【,，、؛;；]$/u
const labelEnd = /[:：]$/u
const emojiCode = /:[a-z_]{2,30}:$/u
const maxLabelWords = 4
const hanClause = /[\u3040-\u30FF\u3400-\u9FFF，、]{10}/u

/** Words no sentence ends on, in English, German, French, Spanish or Portuguese, and that are no last word in another of
 * them ("an", "los", "or" are). Prepositions are left out: list items end on them ("things to look out for"). */
const danglingWord = /(?:^|\s)(?:the|and|because|although|whereas|your|our|their|und|dass|weil|que|porque|dans)$/u

/** A paragraph this long without a sentence mark at its end is prose that stops, not a title or a sign-off. */
const minUnendedWords = 20

const blockLine = /^\s{0,12}(?:[-*+•–]\s|\d{1,3}[.)]\s|[a-z][.)]\s|#{1,6}\s|\||>)/iu

export const truncatedText: Rule = {
  name: 'truncated-text',
  version: 1,
  about: 'Finds answers that stop in mid-sentence or inside a code block: training on them teaches stopping early.',
  check({ candidate }) {
    const sign = findSign(candidate.answer)
    if (sign === null) return { outcome: 'pass' }
    const tail = candidate.answer.trimEnd().slice(-120).replaceAll(/\s+/gu, ' ').toWellFormed()
    return { outcome: 'fail', rationale: `Expected a finished answer; it ${sign}.`, evidence: [`…${tail}`] }
  },
}

function findSign(answer: string): string | null {
  const { isOpen, outside } = readFences(answer)
  if (isOpen) return 'ends inside a code block'
  if (outside.trimEnd() === '' || /(?:```|~~~)\s{0,20}$/u.test(answer.slice(-40))) return null
  const lines = readLastParagraph(answer)
  const last = withoutDecoration(lines.at(-1) ?? '')
  if (last === '') return null
  const words = last.split(/\s+/u)
  const isBlock = blockLine.test(last)
  if (danglingWord.test(last) && words.length > 2) return `ends on "${words.at(-1)}"`
  const isLabel = words.length <= maxLabelWords && !hanClause.test(last)
  if (labelEnd.test(last) && !isLabel && !emojiCode.test(last)) return 'ends on a colon'
  if (danglingEnd.test(last) && !isLabel && !isBlock) return 'ends on an opening mark or a comma'
  // Verse, addresses and tables: lines of a block need no mark. Only running prose is judged further.
  if (lines.length > 1 || isBlock || !/[\p{L}\p{M}]$/u.test(last)) return null
  return isUnendedProse(last, words.length) ? 'ends without a sentence mark' : null
}

/** Sentence marks earlier in the same paragraph, or a paragraph too long for a title, in a script that uses marks. */
function isUnendedProse(last: string, wordCount: number): boolean {
  if (/(?:https?:\/\/|www\.|@)\S{0,500}$/u.test(last.slice(-500))) return false
  const withoutInitials = last.replaceAll(
    /(?:^|\s)(?:\p{L}{1,2}|\d{1,3}|etc|vs|e\.g|i\.e|bzw|ca|Nr|Mrs|Inc|Prof)\.(?=\s)/gu,
    ' ',
  )
  // Thai and Lao end sentences with a space: nothing can be told there.
  return sentenceMark.test(withoutInitials) || (wordCount >= minUnendedWords && !/[\u0E00-\u0EFF]/.test(last))
}

function readLastParagraph(answer: string): readonly string[] {
  const trimmed = answer.trimEnd()
  const blank = Math.max(trimmed.lastIndexOf('\n\n'), trimmed.lastIndexOf('\n\r\n'))
  return trimmed
    .slice(blank + 1)
    .split('\n')
    .filter((line) => line.trim() !== '')
}

function withoutDecoration(line: string): string {
  return line.replace(/[\s*_~\u200B-\u200F\u202A-\u202E\u2066-\u2069\uFEFF]{1,40}$/u, '')
}
