import { eld } from 'eld/extrasmall'
import { omitCode } from './folded-text.ts'
import type { ClassifiedPrompt } from '../../records/prompt.ts'
import type { Rule } from './rule.ts'

/** Letters needed before a detection counts: shorter texts are names, greetings and codes. Scripts without spaces carry
 * about three times as much a character. */
const minLetters = 50
const minHanLetters = 12

/** eld's score (0 to 1) of a text's language, and its lead over the other text's language. On windows of Debian's
 * translated manual pages (21 languages) 33 of 8,203 with 60 characters pass both and are wrong, all of them option
 * lists; of 6,048 with 120 characters 1, of 1,419 with 400 none; 90 % and more of the right ones pass. Swahili, which eld
 * lacks, scores under 0.4. */
const minScore = 0.55
const minLead = 0.1

/** eld reads about 350 bytes; cleaned text of this length holds them in any script. */
const sampleLength = 400

// Languages that detectors confuse or that readers take for one another: no mismatch. "ms" stands for Indonesian too.
const alike: readonly ReadonlySet<string>[] = [
  new Set(['ms', 'id', 'tl']),
  new Set(['no', 'nb', 'nn', 'da', 'sv']),
  new Set(['hr', 'sr', 'bs', 'sl']),
  new Set(['cs', 'sk']),
  new Set(['hi', 'mr', 'ne']),
  new Set(['ru', 'uk', 'be', 'bg', 'sr']),
  new Set(['es', 'gl', 'ca']),
  new Set(['pt', 'gl']),
  new Set(['fa', 'ur', 'ku']),
  new Set(['az', 'tr']),
]

const translationWords =
  /translat|übersetz|tradu[cizts]|tradui|vertaal|перев[её]?[дс]|翻译|翻譯|翻訳|訳し|번역|अनुवाद|ترجم|çevir|tłumacz|dịch|terjemah|language|sprache|idioma|langue|língua|lingua|язык|语言|語|언어|भाषा|لغة/iu

export const languageMismatch: Rule = {
  name: 'language-mismatch',
  version: 1,
  about: 'Finds answers in another language than the user wrote in, unless another one was asked for.',
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

/** A text's most likely language. Scores are computed when they are asked for, which costs as much as the guess. */
type Guess = { readonly language: string; readonly scores: () => Readonly<Record<string, number>> }

type AskedLanguage = Guess & {
  /** Whether the guess is clear and holds for the whole turn. */
  readonly isCertain: () => boolean
}

/** Candidates of one prompt share its guess; the memo lets go with the prompt. */
const promptLanguages = new WeakMap<ClassifiedPrompt, AskedLanguage | null>()

function readPromptLanguage(prompt: ClassifiedPrompt): AskedLanguage | null {
  if (prompt.language !== null) {
    const given = prompt.language.toLowerCase().split(/[-_]/u)[0] ?? ''
    return detectable.has(given) ? { language: given, scores: () => ({ [given]: 1 }), isCertain: () => true } : null
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

/** The languages that eld tells apart, and the names of those it counts as one of them. */
const detectable: ReadonlySet<string> = new Set([...Object.values(eld.info().Languages), 'id', 'nb', 'nn', 'bs'])

/** The language of the prose from `start` on; null where there is too little or it is not told clearly. */
function detectAt(text: string, start: number): Guess | null {
  const guess = guessAt(text, start)
  return guess !== null && isClear(guess) ? guess : null
}

/** The likeliest language of the prose from `start` on; null where there is too little. */
function guessAt(text: string, start: number): Guess | null {
  const prose = readProse(text.slice(start, start + sampleLength * 2)).slice(0, sampleLength)
  const letters = prose.length - (prose.match(/[^\p{L}\p{M}]/gu)?.length ?? 0)
  const isHan = /[\u3040-\u30FF\u3400-\u9FFF\uAC00-\uD7AF]{3}/.test(prose)
  if (letters < (isHan ? minHanLetters : minLetters)) return null
  const { language, getScores } = eld.detect(prose)
  return { language, scores: getScores }
}

function isClear({ language, scores }: Guess): boolean {
  return (scores()[language] ?? 0) >= minScore
}

/** Not eld 2.1.0's own isReliable(), which compares the best score with the second language's index. */
function leads({ language, scores }: Guess, rival: string): boolean {
  const all = scores()
  return (all[language] ?? 0) - (all[rival] ?? 0) >= minLead
}

/** Without code, links and quotations, which may be in any language. */
function readProse(text: string): string {
  return omitCode(text)
    .replaceAll(
      /https?:\/\/\S{1,500}|"[^"\n]{1,400}"|“[^“”\n]{1,400}”|«[^«»\n]{1,400}»|「[^「」\n]{1,400}」|[^\p{L}\p{M}' ]+/gu,
      ' ',
    )
    .trim()
}

function areAlike(one: string, other: string): boolean {
  return one === other || alike.some((group) => group.has(one) && group.has(other))
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
