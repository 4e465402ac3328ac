import { checkLanguage } from '../graders/rules/guess-language.ts'
import type { SyntheticRejection } from '../records/synthetic-prompt.ts'
import { findMinor } from './find-minor.ts'
import type { SynthesisConfig } from './synthesis-config.ts'

/** The category of the shipped spec sets whose prompts may not speak of minors. */
const sexualCategory = 'sexual'

export type TextReason = Pick<SyntheticRejection, 'stage' | 'code' | 'detail' | 'evidence'>

export type CheckedText =
  | { readonly outcome: 'passed'; readonly isLanguageChecked: boolean }
  | { readonly outcome: 'failed'; readonly reason: TextReason }

/** What can be said of a prompt for free, before a verifier is paid. */
export function checkText(
  text: string,
  { category, language }: { readonly category: string; readonly language: string },
  { minCharacters, maxCharacters }: SynthesisConfig['rules'],
): CheckedText {
  if (text.length < minCharacters) {
    return fail('too_short', `expected at least ${minCharacters} characters, got ${text.length}`)
  }
  if (text.length > maxCharacters) {
    return fail('too_long', `expected at most ${maxCharacters} characters, got ${text.length}`)
  }
  const minor = findForbiddenMinor(text, category)
  if (minor !== null) return { outcome: 'failed', reason: minor }
  const found = checkLanguage(text, language)
  if (found.outcome === 'other') {
    const evidence = [`expected: ${language}`, `detected: ${found.detected}`]
    return fail('wrong_language', `expected a text in ${language}, got one in ${found.detected}`, evidence)
  }
  return { outcome: 'passed', isLanguageChecked: found.outcome === 'same' }
}

/** A prompt on a sexual subject that may speak of someone under 18. */
export function findForbiddenMinor(text: string, category: string): TextReason | null {
  if (category !== sexualCategory) return null
  const word = findMinor(text)
  if (word === null) return null
  const detail = 'a prompt on a sexual subject may speak of someone under 18'
  return { stage: 'rules', code: 'mentions_minor', detail, evidence: [`word: ${word}`] }
}

function fail(code: TextReason['code'], detail: string, evidence: readonly string[] = []): CheckedText {
  return { outcome: 'failed', reason: { stage: 'rules', code, detail, evidence } }
}
