import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type * as eldLibrary from 'eld/extrasmall'
import { omitCode } from './folded-text.ts'

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
export const sampleLength = 400

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

/** A text's most likely language. Scores are computed when they are asked for, which costs as much as the guess. */
export type Guess = { readonly language: string; readonly scores: () => Readonly<Record<string, number>> }

type Detector = {
  readonly detect: (text: string) => { readonly language: string; readonly getScores: Guess['scores'] }
  /** The languages that eld tells apart, and the names of those it counts as one of them. */
  readonly languages: ReadonlySet<string>
}

let detector: Detector | null = null

/** eld is loaded with the first text, for it takes 0.1 s; by `require`, since those who ask do not wait. */
export function loadDetector(): Detector {
  if (detector !== null) return detector
  // By its path: the package has no export for `require`.
  const path = fileURLToPath(import.meta.resolve('eld/extrasmall'))
  const { eld }: typeof eldLibrary = createRequire(import.meta.url)(path)
  const languages = new Set([...Object.values(eld.info().Languages), 'id', 'nb', 'nn', 'bs'])
  detector = { detect: (text) => eld.detect(text), languages }
  return detector
}

export function isDetectable(language: string): boolean {
  return loadDetector().languages.has(language)
}

/** The likeliest language of the prose from `start` on; null where there is too little. */
export function guessAt(text: string, start: number): Guess | null {
  const prose = readProse(text.slice(start, start + sampleLength * 2)).slice(0, sampleLength)
  const letters = prose.length - (prose.match(/[^\p{L}\p{M}]/gu)?.length ?? 0)
  const isHan = /[\u3040-\u30FF\u3400-\u9FFF\uAC00-\uD7AF]{3}/.test(prose)
  if (letters < (isHan ? minHanLetters : minLetters)) return null
  const { language, getScores } = loadDetector().detect(prose)
  return { language, scores: getScores }
}

export function isClear({ language, scores }: Guess): boolean {
  return (scores()[language] ?? 0) >= minScore
}

/** Not eld 2.1.0's own isReliable(), which compares the best score with the second language's index. */
export function leads({ language, scores }: Guess, rival: string): boolean {
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

export function areAlike(one: string, other: string): boolean {
  return one === other || alike.some((group) => group.has(one) && group.has(other))
}

/** The language of a text; null where there is too little of it or it is not told clearly. */
export function detectLanguage(text: string): string | null {
  const guess = guessAt(text, 0)
  return guess !== null && isClear(guess) ? guess.language : null
}

/**
 * Whether a text is written in a language, as far as can be told: `unknown` where there is too little text, the language
 * is none that is detected, or no other language is clearly ahead of it.
 */
export function checkLanguage(
  text: string,
  language: string,
): { readonly outcome: 'same' | 'unknown' } | { readonly outcome: 'other'; readonly detected: string } {
  const guess = guessAt(text, 0)
  if (guess === null || !isDetectable(language)) return { outcome: 'unknown' }
  if (areAlike(language, guess.language)) return { outcome: 'same' }
  if (!isClear(guess) || !leads(guess, language)) return { outcome: 'unknown' }
  return { outcome: 'other', detected: guess.language }
}
