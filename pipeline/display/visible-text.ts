/**
 * What a reader cannot see or what moves the letters around it: controls (but line feed and tab), line separators,
 * direction marks and overrides, and the tag characters, which can carry a whole hidden text.
 */
const unseen = /(?![\n\t])[\p{Cc}\u2028\u2029\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]|[\u{E0000}-\u{E007F}]/gu

/** Text from prompts and models with what is unseen spelled out as `\uXXXX`; inside JSON text that is the same value. */
export function showUnseen(text: string): string {
  return text.toWellFormed().replace(unseen, (character) =>
    Array.from({ length: character.length }, (_, n) => {
      const unit = character.charCodeAt(n)
      return `\\u${unit.toString(16).padStart(4, '0')}`
    }).join(''),
  )
}

/** The same on one line: for names, so that none can forge a line of its own. */
export function showOnOneLine(text: string): string {
  return showUnseen(text)
    .replaceAll('\n', String.raw`\n`)
    .replaceAll('\t', ' ')
}
