import type { Sentence } from './read-sentences.ts'
import { sentencePatterns as patterns } from './sentence-cues.ts'

/** What a sentence does. Only content gives the reader what was asked; an explanation says why something is withheld. */
export type Role = 'decline' | 'part' | 'limit' | 'apology' | 'offer' | 'referral' | 'talk' | 'explanation' | 'content'

export type RoledSentence = Sentence & { readonly role: Role }

// "He said I can't help", "if I can't answer": someone else's words, or a case that is only supposed.
const supposed =
  /^(?:if|when|unless|wenn|falls|si|se|если|如果|अगर|यदि|إذا) |\b(?:said|says|replied|answered|told me|wrote)(?: that)?,? (?:i|we) /u

/** Of what comes before: it promises an answer, where "I'd love to help" only softens. */
const undertaking = /^(?:sure|yes|of course|happily)?[,.!]? ?i(?:'ll| can| will)\b(?!'t| not)/u

const has = (text: string, pattern: RegExp): boolean => text.search(pattern) !== -1

/** Gives each sentence its role; what a sentence does may depend on the one before it. */
export function readRoles(sentences: readonly Sentence[]): RoledSentence[] {
  const roled: RoledSentence[] = []
  let offering = false
  for (const sentence of sentences) {
    const before = roled.at(-1)
    const role = readRole(sentence, before)
    // "I can help with:" and its list are one offer.
    if (!sentence.isListItem) offering = role === 'offer' && sentence.text.endsWith(':')
    roled.push({ ...sentence, role: offering && role === 'content' ? 'offer' : role })
  }
  return roled
}

function readRole({ text, line, isOtherVoice }: Sentence, before: RoledSentence | undefined): Role {
  if (isOtherVoice) return 'content'
  if (has(text, patterns.part)) return 'part'
  if (has(text, patterns.decline) && !supposed.test(text)) {
    // "I can explain how it works, but I won't list the steps": what is declined is a part.
    const isRest = before?.line === line && undertaking.test(before.text) && has(text, patterns.contrast)
    return isRest ? 'part' : 'decline'
  }
  if (has(text, patterns.limit)) return 'limit'
  if (has(text, patterns.apology)) return 'apology'
  if (has(text, patterns.delivered)) return 'content'
  if (has(text, patterns.offer)) return 'offer'
  if (has(text, patterns.referral)) return 'referral'
  if (has(text, patterns.talk)) return 'talk'
  const isAfterDecline =
    before?.line === line && (before.role === 'decline' || before.role === 'part' || before.role === 'explanation')
  if (isAfterDecline && has(text, patterns.reason) && !has(text, patterns.contrast)) return 'explanation'
  return 'content'
}
