import type { Message } from '../../records/message.ts'

// Zero-width and direction marks, soft hyphens, and the selectors that choose how an emoji is drawn.
const invisible = /[\p{Cf}\uFE00-\uFE0F]/gu
const separators = /[\p{P}\p{Sk}\p{Z}\p{Cc}]+/gu
const spaceless = 'Han|Hiragana|Katakana|Thai|Lao|Khmer|Myanmar'
  .split('|')
  .map((script) => `\\p{Script=${script}}`)
  .join('')
const spacelessCharacters = new RegExp(`[${spaceless}]`, 'gu')
const oneSpacelessCharacter = new RegExp(`^[${spaceless}]$`, 'u')

// Upper case first, because lower case alone leaves ß and ss, or the two sigmas, apart.
const foldCase = (text: string): string => text.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC')

/**
 * The text that two copies share whatever their case, width, punctuation and spacing: words with one space between.
 * Signs such as `+` and `=` stay. Text of punctuation alone keeps it, or all such texts would be one.
 */
export const normaliseText = (text: string): string => {
  const folded = foldCase(text).replace(invisible, '')
  const words = folded.replace(separators, ' ').trim()
  return words === '' ? folded.replace(/\s+/gu, ' ').trim() : words
}

/** The words of a normalised text; in scripts written without spaces each character counts as a word. */
const splitWords = (normalised: string): readonly string[] =>
  normalised === '' ? [] : normalised.replace(spacelessCharacters, ' $& ').trim().split(/ +/u)

/** Whether a word of `splitWords` is a character of a script without spaces. */
export const isSpacelessCharacter = (word: string): boolean => oneSpacelessCharacter.test(word)

/** A word that no text holds: it keeps n-grams from matching across turns. */
const turnBreak = '\n'

export const joinTurns = (turns: readonly string[]): readonly string[] =>
  turns.flatMap((turn, index) => (index === 0 ? splitWords(turn) : [turnBreak, ...splitWords(turn)]))

/** All turns, normalised: a prompt under other instructions of its deployment is another prompt. */
export const normaliseConversation = (messages: readonly Message[]): readonly string[] =>
  messages.map(({ content }) => normaliseText(content))

/** The user and assistant turns, normalised: what an evaluation's prompt is looked for in. */
export const normaliseTurns = (messages: readonly Message[]): readonly string[] =>
  messages.filter(({ role }) => role !== 'system').map(({ content }) => normaliseText(content))
