/** Patterns that show one kind of fault. They run on folded text (see `folded-text.ts`), so they are lower-case. */
export type PatternGroup = {
  /** What a match shows, as a clause of a rationale; the reason the group exists. */
  readonly why: string
  readonly pattern: RegExp
}

export type PatternMatch = { readonly why: string; readonly excerpt: string }

/** Joins alternatives into one global pattern. Every alternative bounds its repetitions, so that matching is linear. */
export function anyOf(...alternatives: readonly string[]): RegExp {
  return new RegExp(`(?:${alternatives.join('|')})`, 'gu')
}

/** As `anyOf`, for alternatives that start and end on ASCII word boundaries. */
export function anyWordOf(...alternatives: readonly string[]): RegExp {
  return new RegExp(`\\b(?:${alternatives.join('|')})\\b`, 'gu')
}

/** Above this many matches of one pattern that the prompt explains, the text is about the subject: stop looking. */
const maxExplainedMatches = 50

/** The first match of each group that does not also stand in `prompt`: what the user wrote, an answer may repeat. */
export function findPatterns(groups: readonly PatternGroup[], text: string, prompt: string): PatternMatch[] {
  const found: PatternMatch[] = []
  for (const { why, pattern } of groups) {
    if (text.search(pattern) === -1) continue
    const match = text
      .matchAll(pattern)
      .take(maxExplainedMatches)
      .find(([matched]) => !prompt.includes(matched.trim()))
    if (match) found.push({ why, excerpt: excerptAround(text, match.index, match[0].length) })
  }
  return found
}

/** Evidence for a person: enough context to judge a match, on one line. */
export function excerptAround(text: string, index: number, length: number): string {
  const start = Math.max(0, index - 40)
  const end = Math.min(text.length, index + Math.min(length, 160) + 40)
  const middle = text.slice(start, end).replaceAll(/\s+/gu, ' ').toWellFormed()
  return `${start > 0 ? '…' : ''}${middle.trim()}${end < text.length ? '…' : ''}`
}
