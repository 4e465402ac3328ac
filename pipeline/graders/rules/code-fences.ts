export type FenceReading = {
  /** The text outside fenced blocks; a block that is never closed reaches to the end (CommonMark 4.5). */
  readonly outside: string
  /** The text ends inside a block, however the fences are read. */
  readonly isOpen: boolean
}

// Longer runs of tildes underline headings. A fence may stand in a list (indented) or a quote ("> "), which is more than CommonMark's three spaces.
const fenceLine = /^(?:[ \t]{0,12}>){0,3}[ \t]{0,12}(`{3,20}|~{3}(?!~))([^`\n]{0,200})$/gmu

/**
 * Reads Markdown code fences twice: as CommonMark does, where a fence with an info string cannot close a block, and as
 * models often write them, with blocks nested inside a block. Only a text that is open both ways is open.
 */
export function readFences(text: string): FenceReading {
  if (!text.includes('```') && !text.includes('~~~')) return { outside: text, isOpen: false }
  const outside: string[] = []
  let opener: string | null = null
  let depth = 0
  let end = 0
  for (const match of text.matchAll(fenceLine)) {
    const fence = match[1] ?? ''
    const isBare = (match[2] ?? '').trim() === ''
    depth = isBare && depth > 0 ? depth - 1 : depth + 1
    if (opener === null) {
      outside.push(text.slice(end, match.index))
      opener = fence
    } else if (isBare && fence.startsWith(opener)) {
      opener = null
      end = match.index + match[0].length
    }
  }
  if (opener === null) outside.push(text.slice(end))
  return { outside: outside.join('\n'), isOpen: opener !== null && depth > 0 }
}
