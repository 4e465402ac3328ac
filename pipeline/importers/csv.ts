import { parse, type Parser } from 'csv-parse'
import { z } from 'zod'
import { UserError } from '../records/user-error.ts'
import type { InputFile } from './input-file.ts'
import type { RawRow } from './raw-row.ts'
import { countNewlines, readText } from './read-text.ts'

type CsvRecord = { readonly cells: readonly string[]; readonly raw: string; readonly line: number }

/** What csv-parse hands over under `raw: true`; its own types say a list of cells. */
const extendedRecordSchema = z.object({ record: z.array(z.string()), raw: z.string() })

/** As for lines: an unclosed quote would otherwise take the rest of the file for one cell. */
const maxRecordCharacters = 64 * 1024 * 1024

const write = (parser: Parser, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    parser.write(text, (error) => (error ? reject(error) : resolve()))
  })
const end = (parser: Parser): Promise<void> =>
  new Promise((resolve, reject) => {
    parser.once('error', reject)
    parser.end(resolve)
  })

/**
 * The records with the line each starts on. csv-parse counts a CRLF inside quotes as two lines, so lines are counted
 * here from each record's raw text, which begins with the blank lines before it and ends in `\n`, or in the `\r` of a
 * CRLF.
 */
async function* readRecords(file: InputFile, signal: AbortSignal | undefined): AsyncGenerator<CsvRecord> {
  let records: CsvRecord[] = []
  let nextLine = 1
  const parser = parse({
    raw: true,
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: maxRecordCharacters,
    on_record: (extended: unknown) => {
      const { record: cells, raw } = extendedRecordSchema.parse(extended)
      const row = raw.replace(/^[\r\n]+/, '')
      const line = nextLine + raw.length - row.length
      nextLine = line + countNewlines(row) + (row.endsWith('\r') ? 1 : 0)
      records.push({ cells, raw: row.trimEnd(), line })
      return null
    },
  })
  parser.on('error', () => {}) // the promises of write and end report it
  const drain = function* (): Generator<CsvRecord> {
    const ready = records
    records = []
    yield* ready
  }
  const step = async (work: Promise<void>): Promise<UserError | null> => {
    try {
      await work
      return null
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      return new UserError('malformed_csv', `expected CSV, got a row that does not parse: ${reason.toWellFormed()}`, {
        where: `${file.name}:${nextLine}`,
        remedy: 'quote cells that hold commas, quotes or newlines, and double the quotes inside them',
        cause,
      })
    }
  }
  for await (const { text } of readText(file, signal)) {
    const failure = await step(write(parser, text))
    yield* drain()
    if (failure !== null) throw failure
  }
  const failure = await step(end(parser))
  yield* drain()
  if (failure !== null) throw failure
}

const checkHeader = (file: InputFile, { cells, line }: CsvRecord): readonly string[] => {
  const odd = cells.find((cell, index) => cell.trim() === '' || cells.indexOf(cell) !== index)
  if (odd === undefined) return cells
  throw new UserError('malformed_csv', `expected distinct column names, got ${JSON.stringify(odd)} in the header`, {
    where: `${file.name}:${line}`,
    remedy: 'the first line of a CSV file must name its columns',
  })
}

/** A CSV file with a header, streamed: rows are objects of strings. A row of another length is a problem row. */
export async function* readCsv(file: InputFile, signal?: AbortSignal): AsyncGenerator<RawRow> {
  let header: readonly string[] | null = null
  for await (const record of readRecords(file, signal)) {
    if (header === null) {
      header = checkHeader(file, record)
      continue
    }
    const { cells, raw, line } = record
    const place = { location: `${file.name}:${line}`, line, raw }
    if (cells.length === header.length) {
      yield { ...place, value: Object.fromEntries(header.map((name, index) => [name, cells[index]])) }
    } else {
      yield { ...place, problem: `expected ${header.length} cells as in the header, got ${cells.length}` }
    }
  }
}
