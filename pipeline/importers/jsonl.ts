import type { InputFile } from './input-file.ts'
import type { RawRow } from './raw-row.ts'
import { readText } from './read-text.ts'
import { findLoneSurrogate } from './well-formed.ts'

const parseLine = (raw: string, location: string, line: number): RawRow => {
  try {
    const value: unknown = JSON.parse(raw)
    const problem = findLoneSurrogate(raw, value)
    return problem === null ? { location, line, raw, value } : { location, line, raw, problem }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { location, line, raw, problem: `expected a JSON value on one line, got: ${reason.toWellFormed()}` }
  }
}

/** One JSON value a line, streamed; blank lines are no rows. A line that does not parse is a problem row. */
export async function* readJsonl(file: InputFile, signal?: AbortSignal): AsyncGenerator<RawRow> {
  for await (const block of readText(file, signal)) {
    let line = block.firstLine
    for (const text of block.text.split('\n')) {
      const raw = text.trim()
      if (raw !== '') yield parseLine(raw, `${file.name}:${line}`, line)
      line += 1
    }
  }
}
