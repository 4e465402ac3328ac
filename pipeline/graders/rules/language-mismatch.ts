import { eld } from 'eld/extrasmall'
import { omitCode } from './folded-text.ts'
import type { Rule, RuleInput } from './rule.ts'

/** Letters needed before a detection counts: shorter texts are names, greetings and codes. Scripts without spaces carry
 * about three times as much a character. */
const minLetters = 40
const minHanLetters = 12

/** eld reads at most the first 380 bytes; a long answer is read at its head and in its middle. */
const sampleLength = 400

// Pairs that detectors confuse, or whose difference is a standard, not a language. "ms" also stands for Indonesian.
const alike: readonly ReadonlySet<string>[] = [
  new Set(['ms', 'id', 'tl']),
  new Set(['no', 'nb', 'nn', 'da', 'sv']),
  new Set(['hr', 'sr', 'bs', 'sl', 'me', 'sh', 'mk', 'bg']),
  new Set(['cs', 'sk']),
  new Set(['hi', 'mr', 'ne']),
  new Set(['ru', 'uk', 'be']),
  new Set(['es', 'gl', 'ca', 'pt']),
  new Set(['ar', 'fa', 'ur', 'ku', 'ps']),
  new Set(['az', 'tr']),
  new Set(['nl', 'af']),
]

const translationWords =
  /translat|übersetz|tradu[cizts]|tradui|vertaal|перев[её]?[дс]|翻译|翻譯|翻訳|訳し|번역|अनुवाद|ترجم|çevir|tłumacz|dịch|terjemah|language|sprache|idioma|langue|língua|lingua|язык|语言|語|언어|भाषा|لغة/iu

export const languageMismatch: Rule = {
  name: 'language-mismatch',
  version: 1,
  about: 'Finds answers in another language than the user wrote in, unless another one was asked for.',
  check(input) {
    const { prompt, candidate } = input
    const written = detectThroughout(candidate.answer)
    if (written === null) return { outcome: 'pass' }
    const expected = readPromptLanguage(input)
    if (expected === null || areAlike(expected, written) || isRequested(input, expected, written)) {
      return { outcome: 'pass' }
    }
    const from = prompt.language === null ? 'detected' : 'given'
    return {
      outcome: 'fail',
      rationale: `Expected an answer in the language of the last user turn, ${expected} (${from}); got ${written}.`,
      evidence: [candidate.answer.slice(0, 120).replaceAll(/\s+/gu, ' ').toWellFormed()],
    }
  },
}

function readPromptLanguage({ prompt }: RuleInput): string | null {
  if (prompt.language === null) return detectThroughout(prompt.messages.at(-1)?.content ?? '')
  const given = prompt.language.toLowerCase().split(/[-_]/u)[0] ?? ''
  return detectable.has(given) ? given : null
}

/** The languages that eld tells apart; for any other, its guess means nothing. */
const detectable: ReadonlySet<string> = new Set([...Object.values(eld.info().Languages), 'id', 'nb', 'nn', 'bs'])

/** The language of a text, or null unless its head and its middle are both told clearly and agree. */
function detectThroughout(text: string): string | null {
  const prose = readProse(text)
  const letters = prose.match(/\p{L}/gu)?.length ?? 0
  const isHan = /[\u3040-\u30FF\u3400-\u9FFF\uAC00-\uD7AF]{4}/.test(prose)
  if (letters < (isHan ? minHanLetters : minLetters) || letters < prose.length / 2) return null
  const head = detect(prose.slice(0, sampleLength))
  if (head === null || prose.length <= sampleLength * 2) return head
  const middle = Math.floor(prose.length / 2)
  return detect(prose.slice(middle, middle + sampleLength)) === head ? head : null
}

/** Without code, links and quotations, which may be in any language. */
function readProse(text: string): string {
  return omitCode(text.slice(0, 20_000))
    .replaceAll(/https?:\/\/\S{1,500}|"[^"\n]{1,400}"|“[^”\n]{1,400}”|«[^»\n]{1,400}»|「[^」\n]{1,400}」/gu, ' ')
    .replaceAll(/[^\p{L}\p{M}' ]{1,40}| {2,}/gu, ' ')
    .trim()
}

/** eld's score (0 to 1) of the best language, and its lead over the best one it is not confused with. Of
 * 8,203 60-character windows of manual pages in 21 languages (Debian's manpages-*) 77 % pass both and one of those is
 * wrong, of 6,048 with 120 characters 87 % and none. Swahili, which eld lacks, scores under 0.4. */
const minScore = 0.55
const minLead = 0.1

function detect(sample: string): string | null {
  const result = eld.detect(sample)
  // eld 2.1.0's own isReliable() compares the best score with the second language's index, not with its score.
  const scores = Object.entries(result.getScores())
  const best = scores[0]?.[1] ?? 0
  const rival = scores.find(([language]) => !areAlike(language, result.language))?.[1] ?? 0
  return best >= minScore && best - rival >= minLead ? result.language : null
}

function areAlike(one: string, other: string): boolean {
  return one === other || alike.some((group) => group.has(one) && group.has(other))
}

/** Some turn speaks of translating or of languages, or names the answer's language in one of three languages. */
function isRequested({ prompt }: RuleInput, expected: string, written: string): boolean {
  const said = prompt.messages.map((message) => message.content.toLowerCase()).join('\n')
  if (translationWords.test(said)) return true
  return [expected, written, 'en'].some((locale) => {
    const name = new Intl.DisplayNames([locale], { type: 'language' }).of(written)?.toLocaleLowerCase(locale)
    // A stem, since adjectives inflect (englische, по-английски); three letters at most are cut.
    return name !== undefined && said.includes(name.slice(0, Math.max(4, name.length - 3)))
  })
}
