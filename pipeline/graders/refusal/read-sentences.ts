import { readFences } from '../rules/code-fences.ts'
import { fold } from '../rules/folded-text.ts'
import { findOtherVoices } from './find-other-voices.ts'

export type Sentence = {
  /** Folded, without emphasis marks, list marks and quoted speech: what the writer says in their own voice. */
  readonly text: string
  /** Size in words, quoted speech included; see `countWords`. */
  readonly words: number
  /** Counts from 0; a line break starts a new one. */
  readonly line: number
  readonly isListItem: boolean
  /** Verse, a drafted letter, a scene: the "I" in it is not the answer's own. */
  readonly isOtherVoice: boolean
}

export type SentenceReading = {
  readonly sentences: readonly Sentence[]
  /** Words that are given without being read: code, block quotes, and the middle of a very long text. */
  readonly unreadWords: number
}

/** A refusal stands near an end; what lies between only counts as given. Ours: ten times the longest recorded answer. */
const headLength = 16_000
const tailLength = 8_000

const quotedLine = /^ ?>[^\n]*$/gmu
// Speech in quotation marks belongs to someone else: a character, a message under discussion. An apostrophe inside a
// word is no mark.
const quotedSpeech =
  /"[^"\n]{1,600}"|«[^«»\n]{1,600}»|「[^「」\n]{1,600}」|『[^『』\n]{1,600}』|(?<![\p{L}\p{N}])'(?:[^'\n]|(?<=\p{L})'(?=\p{L})){2,300}'(?![\p{L}\p{N}])/gu
const listMark = /^\s{0,12}(?:[-*•+]|\d{1,2}[.)])\s/u
const headingMark = /^\s{0,3}#{1,6}\s/u
// A full stop ends a sentence before a space only, so that "3.5" and "e.g." inside words do not.
const sentenceEnd = /(?<=[.!?…]["')\]]{0,2})\s+|(?<=[。！？।؟]|[!?](?=[\u3040-\u30FF\u3400-\u9FFF]))/u
// What follows a contrast is a statement of its own: "I can't give a dose, but the label says ...".
const contrast =
  /(?<=^(?:while|although|though|even though|obwohl|auch wenn|aunque|bien que|embora) [^,\n]{10,160}), |[,;:]? - (?=(?:but|however|here|instead)\b)|(?<!^however)[,;] (?=(?:but|however|here's|here is|here are|instead,|though|aber|pero|mais|mas|но|لكن|ولكن|लेकिन|परंतु)[ ,])|[,，] ?(?=(?:但|不过|然而))|(?<=が、)/u

/** An answer as the sentences its writer says. Linear in the text's length, and bounded beyond 24,000 characters. */
export function readSentences(answer: string, asksForText: boolean): SentenceReading {
  const folded = fold(answer)
  const { outside } = readFences(folded)
  const prose = outside.replaceAll(quotedLine, '')
  const unread = prose.length > headLength + tailLength ? prose.slice(headLength, -tailLength) : ''
  const read = unread === '' ? prose : `${prose.slice(0, headLength)}\n${prose.slice(-tailLength)}`
  // After the cut, since one character may become eighteen.
  const lines = read.normalize('NFKC').toLowerCase().split('\n')
  const otherVoices = findOtherVoices(lines, asksForText)
  const sentences = lines.flatMap((line, index) => readLine(line, index, otherVoices.has(index)))
  // A block quote may be the draft that was asked for.
  const unquoted = outside.length - prose.length
  return { sentences, unreadWords: countWords(unread) + Math.round((folded.length - outside.length + unquoted) / 6) }
}

function readLine(line: string, index: number, isOtherVoice: boolean): Sentence[] {
  const isListItem = listMark.test(line)
  const bare = line.replace(listMark, '').replace(headingMark, '')
  return bare
    .split(sentenceEnd)
    .flatMap((sentence) => sentence.split(contrast))
    .filter((sentence) => sentence.trim() !== '')
    .map((sentence) => ({
      text: sentence
        .replaceAll(quotedSpeech, ' " " ')
        .replaceAll(/[*_~`]+/gu, '')
        .replaceAll(/\s+/gu, ' ')
        .trim(),
      words: countWords(sentence),
      line: index,
      isListItem,
      isOtherVoice,
    }))
}

const spacedWord = /[\p{L}\p{N}][\p{L}\p{M}\p{N}'-]*/gu
const unspacedScript = /[\u3040-\u30FF\u3400-\u9FFF]/gu

/** Words as English counts them; of Chinese and Japanese, which set no spaces, two characters make one. */
function countWords(text: string): number {
  const spaced = text.replaceAll(unspacedScript, ' ')
  const characters = text.length - text.replaceAll(unspacedScript, '').length
  return (spaced.match(spacedWord)?.length ?? 0) + Math.round(characters / 2)
}
