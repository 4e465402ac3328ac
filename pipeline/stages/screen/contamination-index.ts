import type { Message } from '../../records/message.ts'
import type { Prompt } from '../../records/prompt.ts'
import { isSpacelessCharacter, joinTurns, normaliseText, normaliseTurns } from './normalise-text.ts'
import type { ScreenOptions } from './screen-options.ts'
import { cutWindows, spanWords, type WordSpan } from './word-span.ts'

/**
 * How a prompt meets an evaluation prompt:
 * - `exact`: the conversation, or one of its user turns, is the evaluation prompt up to case, punctuation and spacing;
 * - `ngram`: a run of n words is in both;
 * - `evaluation_contained`, `prompt_contained`: the whole of a text shorter than n words is inside the other. An n-gram
 *   check cannot see these: 20 of the 32 exact copies of an evaluation in STAR-1 are shorter than 13 words.
 */
export type Contamination = {
  readonly how: 'exact' | 'ngram' | 'evaluation_contained' | 'prompt_contained'
  /** The name of the evaluation set and the place of its row. */
  readonly set: string
  readonly location: string
  /** The normalised words that both have. */
  readonly matched: string
}

type Evaluation = Pick<Contamination, 'set' | 'location'>

/** Characters of scripts without spaces count half: such words have about two. */
const weighWords = ({ words }: WordSpan): number =>
  words.reduce((sum, word) => sum + (isSpacelessCharacter(word) ? 0.5 : 1), 0)

const userTurns = (messages: readonly Message[]): readonly string[] =>
  messages.filter(({ role }) => role === 'user').map(({ content }) => normaliseText(content))

const conversationKey = (turns: readonly string[]): string => turns.join('\n')

/** Holds the n-grams of all evaluation prompts, about 100 bytes a word; a training set may be of any size. */
export const createContaminationIndex = (options: Pick<ScreenOptions, 'ngramWords' | 'minContainedWords'>) => {
  const { ngramWords, minContainedWords } = options
  const whole = new Map<string, Evaluation>()
  const ngrams = new Map<string, Evaluation>()
  const short = new Map<string, Evaluation>()
  const shortLengths = new Set<number>()
  /** Where each run of the fewest words that may count starts, to look whole short prompts up. */
  const starts = new Map<string, { readonly evaluation: Evaluation; readonly text: string; readonly at: number }[]>()

  const keepFirst = (map: Map<string, Evaluation>, key: string, evaluation: Evaluation): void => {
    if (!map.has(key)) map.set(key, evaluation)
  }
  const add = (prompt: Prompt): void => {
    const evaluation = { set: prompt.source, location: prompt.location }
    const span = spanWords(joinTurns(userTurns(prompt.messages)))
    keepFirst(whole, conversationKey(normaliseTurns(prompt.messages)), evaluation)
    for (const { text } of cutWindows(span, ngramWords)) keepFirst(ngrams, text, evaluation)
    for (const { text, at } of cutWindows(span, minContainedWords)) {
      const places = starts.get(text)
      if (places === undefined) starts.set(text, [{ evaluation, text: span.text, at }])
      else places.push({ evaluation, text: span.text, at })
    }
    if (span.words.length < ngramWords && weighWords(span) >= minContainedWords) {
      keepFirst(short, span.text, evaluation)
      shortLengths.add(span.words.length)
    }
  }
  const findExact = (messages: readonly Message[]): Contamination | null => {
    for (const matched of [conversationKey(normaliseTurns(messages)), ...userTurns(messages)]) {
      const evaluation = whole.get(matched)
      if (evaluation !== undefined) return { how: 'exact', ...evaluation, matched }
    }
    return null
  }
  const findRun = (span: WordSpan, length: number, how: 'ngram' | 'evaluation_contained'): Contamination | null => {
    for (const { text } of cutWindows(span, length)) {
      const evaluation = (how === 'ngram' ? ngrams : short).get(text)
      if (evaluation !== undefined) return { how, ...evaluation, matched: text }
    }
    return null
  }
  const findInside = (span: WordSpan): Contamination | null => {
    if (span.words.length >= ngramWords || weighWords(span) < minContainedWords) return null
    const [first] = cutWindows(span, minContainedWords)
    for (const { evaluation, text, at } of starts.get(first?.text ?? '') ?? []) {
      if (`${text} `.startsWith(`${span.text} `, at))
        return { how: 'prompt_contained', ...evaluation, matched: span.text }
    }
    return null
  }
  return {
    add,
    find: (messages: readonly Message[]): Contamination | null => {
      if (whole.size === 0) return null
      const span = spanWords(joinTurns(messages.map(({ content }) => normaliseText(content))))
      const found = findExact(messages) ?? findRun(span, ngramWords, 'ngram')
      if (found !== null) return found
      for (const length of shortLengths) {
        const run = findRun(span, length, 'evaluation_contained')
        if (run !== null) return run
      }
      return findInside(spanWords(joinTurns(userTurns(messages))))
    },
  }
}
