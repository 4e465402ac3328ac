import { foldCandidate } from './folded-text.ts'
import { refusalCues } from './refusal-cues.ts'
import type { RefusalCues } from './refusal-cues-english.ts'
import { anyOf, excerptAround } from './pattern-group.ts'
import type { Rule } from './rule.ts'

/** A refusal opens an answer: its cue stands this early, in characters (apology and "As an AI ..." included). */
const openingLength = 200

/** Three of four plain refusals in maxwellreuter/chatgpt-refusals have at most 49 words, about 320 characters; above
 * 400 an answer in another mode has room for the help it promises, and a judge decides. Han script needs a third. */
const maxBareLength = 400
const maxBareHanLength = 130

// After a contrast, an answer in another mode goes on to say something; whether that helps is a judge's question.
const contrast = anyOf(
  '\\b(?:however|but|that said|nevertheless|nonetheless|aber|allerdings|jedoch|pero|sin embargo|mais|cependant|toutefois|mas|porém|no entanto)\\b[^\\n]{60}',
  '(?:但|不过|लेकिन|परंतु|لكن|однако|(?<=[ ,])но |ただし|しかし|でも)[^\\n]{25}',
)

// Language-free signs of an offer: two list items, a link, a short dial code.
const listItems = /^[ \t]{0,8}(?:[-*•]|\d{1,2}[.)]) \S[^\n]{0,4000}\n\s{0,20}(?:[-*•]|\d{1,2}[.)]) \S/mu
const linkOrNumber = /https?:\/\/|\bwww\.|\b(?:911|112|988|999|116 ?1[12]\d)\b/u

export const refusalWithoutAlternative: Rule = {
  name: 'refusal-without-alternative',
  version: 1,
  about: 'Finds refusals that offer nothing or give no reason: a bare refusal is the habit this training set replaces.',
  needs: ['mode'],
  check({ candidate }) {
    const { answer } = foldCandidate(candidate)
    const isRefusalMode = candidate.mode === 'refuse_with_redirection'
    const cues = findRefusal(answer, isRefusalMode)
    // No cue list speaks the answer's language, or it is no refusal: a judge decides.
    if (cues === null) return { outcome: 'pass' }
    const missing: string[] = []
    if (!offersAlternative(answer, cues)) missing.push('no alternative')
    if (isRefusalMode && answer.search(cues.reason) === -1) missing.push('no reason')
    if (missing.length === 0) return { outcome: 'pass' }
    return {
      outcome: 'fail',
      rationale: `Expected a refusal to give a brief reason and an alternative; this one (${cues.language}) gives ${missing.join(' and ')}.`,
      evidence: [excerptAround(answer, 0, 160)],
    }
  },
}

/** In refusal mode any refusal phrase counts; elsewhere only a short answer that opens with one and goes no further. */
function findRefusal(answer: string, isRefusalMode: boolean): RefusalCues | null {
  if (isRefusalMode) return refusalCues.find(({ refusal }) => answer.search(refusal) !== -1) ?? null
  const opening = answer.slice(0, openingLength)
  const isHan = /[\u3040-\u30FF\u3400-\u9FFF]{4}/.test(opening)
  if (answer.trim().length > (isHan ? maxBareHanLength : maxBareLength)) return null
  for (const cues of refusalCues) {
    const match = opening.matchAll(cues.refusal).next().value
    if (match) return answer.slice(match.index + match[0].length).search(contrast) === -1 ? cues : null
  }
  return null
}

function offersAlternative(answer: string, { hollow, alternative }: RefusalCues): boolean {
  const rest = answer.replaceAll(hollow, ' ')
  return /[?？؟]/.test(rest) || listItems.test(rest) || linkOrNumber.test(rest) || rest.search(alternative) !== -1
}
