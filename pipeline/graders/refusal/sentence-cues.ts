import { anyOf } from '../rules/pattern-group.ts'
import { refusalCues } from '../rules/refusal-cues.ts'
import { english, englishReasons } from './sentence-cues-english.ts'
import { otherLanguages } from './sentence-cues-other.ts'

/** What shows that a sentence does one thing, as alternatives of one pattern. */
export type SentenceCues = {
  /** Says that the writer will not, or cannot, do what was asked. */
  readonly decline: readonly string[]
  /** Of a decline: its object is the request as a whole ("with that", "this request"). */
  readonly whole: readonly string[]
  /** Names something that is left out of an answer otherwise given. */
  readonly part: readonly string[]
  /** Says what the writer is or has not (opinions, eyes, a licence); by itself it withholds nothing. */
  readonly limit: readonly string[]
  readonly apology: readonly string[]
  readonly offer: readonly string[]
  readonly referral: readonly string[]
  /** About the writer's purpose or about right and wrong, rather than about the subject. */
  readonly talk: readonly string[]
  /** Announces what is then given: "here is", "below". */
  readonly delivered: readonly string[]
  readonly contrast: readonly string[]
}

const listed = [english, ...otherLanguages]

// Global patterns keep a position, which `search` ignores.
const patternOf = (key: keyof SentenceCues, more: readonly RegExp[] = []): RegExp =>
  anyOf(...listed.flatMap((cues) => cues[key]), ...more.map(({ source }) => source))

// The English cues of that list are wide ("No, ", "Sorry, I", "because"), for a rule that reads short answers only.
const others = refusalCues.filter(({ language }) => language !== 'en')

/** The cues of all languages, one pattern for each thing that a sentence may do. */
export const sentencePatterns = {
  decline: patternOf(
    'decline',
    others.map(({ refusal }) => refusal),
  ),
  whole: patternOf('whole'),
  part: patternOf('part'),
  limit: patternOf('limit'),
  apology: patternOf('apology'),
  offer: patternOf(
    'offer',
    refusalCues.map(({ hollow }) => hollow),
  ),
  referral: patternOf('referral'),
  talk: patternOf('talk'),
  delivered: patternOf('delivered'),
  contrast: patternOf('contrast'),
  reason: anyOf(...englishReasons, ...others.map(({ reason }) => reason.source)),
} as const
