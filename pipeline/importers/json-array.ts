import { UserError } from '../records/user-error.ts'
import type { InputFile } from './input-file.ts'
import type { RawRow } from './raw-row.ts'
import { countNewlines, readText } from './read-text.ts'
import { findLoneSurrogate } from './well-formed.ts'

/** The text is held whole, and V8's strings end at 512 Mi characters. */
const maxCharacters = 256 * 1024 * 1024

const readWhole = async (file: InputFile, signal: AbortSignal | undefined): Promise<string> => {
  const parts: string[] = []
  let length = 0
  for await (const { text } of readText(file, signal)) {
    parts.push(text)
    length += text.length
    if (length > maxCharacters) {
      throw new UserError('file_too_large', `expected a JSON array of at most ${maxCharacters} characters`, {
        where: file.name,
        remedy: "JSONL is streamed and has no such bound: jq -c '.[]' file.json > file.jsonl",
      })
    }
  }
  return parts.join('')
}

const skipSpace = (text: string, from: number): number => {
  let at = from
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at += 1
  return at
}

const skipString = (text: string, from: number): number => {
  let at = from + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

/** The end of the value at `from`: the `,` or `]` that closes it, or the end of the text. */
const findElementEnd = (text: string, from: number): number => {
  let depth = 0
  for (let at = from; at < text.length; at += 1) {
    const character = text[at]
    if (character === '"') at = skipString(text, at) - 1
    else if (character === '{' || character === '[') depth += 1
    else if (depth === 0 && (character === ',' || character === ']')) return at
    else if (character === '}' || character === ']') depth -= 1
  }
  return text.length
}

/**
 * The rows of one top-level JSON array. The text is held whole, its values one at a time: each element is cut out and
 * given to JSON.parse, so every row knows its line, which no parse of the whole would tell. Malformed JSON ends the
 * file with an error even where bad rows may be rejected, because the cuts after it cannot be trusted.
 */
export async function* readJsonArray(file: InputFile, signal?: AbortSignal): AsyncGenerator<RawRow> {
  const text = await readWhole(file, signal)
  let line = 1
  let counted = 0
  const lineAt = (at: number): number => {
    line += countNewlines(text, counted, at)
    counted = at
    return line
  }
  const fail = (at: number, got: string, remedy = 'repair the file; jq . names the first bad character'): UserError =>
    new UserError('malformed_json', `expected a JSON array of rows, got ${got}`, {
      where: `${file.name}:${lineAt(at)}`,
      remedy,
    })

  let at = skipSpace(text, 0)
  if (at === text.length) return
  if (text[at] !== '[') {
    throw fail(
      at,
      `text that opens with ${JSON.stringify(text.charAt(at))}`,
      'set format: jsonl if it has a row a line',
    )
  }
  at = skipSpace(text, at + 1)
  for (let row = 1; text[at] !== ']' || row > 1; row += 1) {
    const end = findElementEnd(text, at)
    // Checked first: the last value of a cut-off file may parse (`[1, 23` for `[1, 234]`).
    if (end >= text.length) throw fail(at, `a file that ends in row ${row}, before the closing ]`)
    const raw = text.slice(at, end).trimEnd()
    let value: unknown
    try {
      value = JSON.parse(raw)
    } catch (error) {
      throw fail(at, `row ${row} that does not parse: ${(error instanceof Error ? error.message : '').toWellFormed()}`)
    }
    const place = { location: `${file.name}#${row}`, line: lineAt(at), raw }
    const problem = findLoneSurrogate(raw, value)
    yield problem === null ? { ...place, value } : { ...place, problem }
    at = end
    if (text[end] === ']') break
    at = skipSpace(text, end + 1)
  }
  const rest = skipSpace(text, at + 1)
  if (rest < text.length) throw fail(rest, 'more text after the closing ]')
}
