import type { ClassifiedPrompt } from '../../records/prompt.ts'
import {
  areAlike,
  guessAt,
  isClear,
  isDetectable,
  leads,
  loadDetector,
  sampleLength,
  type Guess,
} from './guess-language.ts'
import type { Rule } from './rule.ts'

const translationWords =
  /translat|übersetz|tradu[cizts]|tradui|vertaal|перев[её]?[дс]|翻译|翻譯|翻訳|訳し|번역|अनुवाद|ترجم|çevir|tłumacz|dịch|terjemah|language|sprache|idioma|langue|língua|lingua|язык|语言|語|언어|भाषा|لغة/iu

export const languageMismatch: Rule = {
  name: 'language-mismatch',
  version: 1,
  about: 'Finds answers in another language than the user wrote in, unless another one was asked for.',
  load: loadDetector,
  check(input) {
    const { prompt, candidate } = input
    const asked = readPromptLanguage(prompt)
    if (asked === null) return { outcome: 'pass' }
    const written = guessAt(candidate.answer, 0)
    // Most answers end here, before anything is scored.
    if (written === null || areAlike(asked.language, written.language)) return { outcome: 'pass' }
    if (!isClear(written) || !asked.isCertain()) return { outcome: 'pass' }
    if (!leads(written, asked.language) || !leads(asked, written.language)) return { outcome: 'pass' }
    // A quotation or a greeting may open an answer: the middle has to agree.
    const middle = Math.floor(candidate.answer.length / 2)
    if (middle > sampleLength && detectAt(candidate.answer, middle)?.language !== written.language) {
      return { outcome: 'pass' }
    }
    if (isRequested(prompt, asked.language, written.language)) return { outcome: 'pass' }
    const from = prompt.language === null ? 'detected' : 'given'
    return {
      outcome: 'fail',
      rationale: `Expected an answer in the language of the last user turn, ${asked.language} (${from}); got ${written.language}.`,
      evidence: [candidate.answer.slice(0, 120).replaceAll(/\s+/gu, ' ').toWellFormed()],
    }
  },
}

type AskedLanguage = Guess & {
  /** Whether the guess is clear and holds for the whole turn. */
  readonly isCertain: () => boolean
}

/** Candidates of one prompt share its guess; the memo lets go with the prompt. */
const promptLanguages = new WeakMap<ClassifiedPrompt, AskedLanguage | null>()

function readPromptLanguage(prompt: ClassifiedPrompt): AskedLanguage | null {
  if (prompt.language !== null) {
    const given = prompt.language.toLowerCase().split(/[-_]/u)[0] ?? ''
    return isDetectable(given) ? { language: given, scores: () => ({ [given]: 1 }), isCertain: () => true } : null
  }
  const known = promptLanguages.get(prompt)
  if (known !== undefined) return known
  const turn = prompt.messages.at(-1)?.content ?? ''
  const head = guessAt(turn, 0)
  const asked = head === null ? null : { ...head, isCertain: () => isClear(head) && !isMixed(turn, head) }
  promptLanguages.set(prompt, asked)
  return asked
}

/** A long turn may be an instruction with a text in another language under it. */
function isMixed(turn: string, head: Guess): boolean {
  const tail = turn.length - sampleLength
  return tail > sampleLength / 2 && detectAt(turn, tail)?.language !== head.language
}

/** The language of the prose from `start` on; null where there is too little or it is not told clearly. */
function detectAt(text: string, start: number): Guess | null {
  const guess = guessAt(text, start)
  return guess !== null && isClear(guess) ? guess : null
}

/** Some turn speaks of translating or of languages, or names the answer's language in one of three languages. */
function isRequested(prompt: ClassifiedPrompt, expected: string, written: string): boolean {
  const said = prompt.messages.map((message) => message.content.toLowerCase()).join('\n')
  if (translationWords.test(said)) return true
  return [expected, written, 'en'].some((locale) => {
    const name = namesIn(locale).of(written)?.toLocaleLowerCase(locale)
    // A stem, since adjectives inflect (englische, по-английски); two letters at most are cut.
    return name !== undefined && said.includes(name.slice(0, Math.max(4, name.length - 2)))
  })
}

const displayNames = new Map<string, Intl.DisplayNames>()

/** Kept: making one takes longer than a detection, and there is one a language. */
function namesIn(locale: string): Intl.DisplayNames {
  const known = displayNames.get(locale)
  if (known !== undefined) return known
  const names = new Intl.DisplayNames([locale], { type: 'language' })
  displayNames.set(locale, names)
  return names
}
