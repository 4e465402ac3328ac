import { UserError } from '../records/user-error.ts'
import { readCsv } from './csv.ts'
import { findFiles } from './find-files.ts'
import type { InputFile } from './input-file.ts'
import { readJsonArray } from './json-array.ts'
import { readJsonl } from './jsonl.ts'
import { readParquet } from './parquet.ts'
import type { RawRow } from './raw-row.ts'
import type { Format, PromptSource } from './source-config.ts'

export type SourceRow = { readonly source: PromptSource; readonly row: RawRow }

export type ReadOptions = {
  /** What relative paths start from: the folder of the config. */
  readonly baseDirectory: string
  readonly signal?: AbortSignal
}

const readers: Readonly<Record<Format, (file: InputFile, signal?: AbortSignal) => AsyncIterable<RawRow>>> = {
  jsonl: readJsonl,
  json: readJsonArray,
  csv: readCsv,
  parquet: readParquet,
}

const extensions: Readonly<Record<string, Format>> = {
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  json: 'json',
  csv: 'csv',
  parquet: 'parquet',
}

const chooseFormat = (format: PromptSource['format'], file: InputFile): Format => {
  if (format !== 'auto') return format
  const extension = /\.([a-z0-9]+)(?:\.gz)?$/i.exec(file.name)?.[1]?.toLowerCase() ?? ''
  const chosen = Object.hasOwn(extensions, extension) ? extensions[extension] : undefined
  if (chosen !== undefined) return chosen
  throw new UserError('unknown_format', `expected one of .${Object.keys(extensions).join(', .')}, got "${extension}"`, {
    where: file.name,
    remedy: 'set the format of the prompt source: jsonl, json, csv or parquet',
  })
}

async function* readFile(file: InputFile, format: Format, signal: AbortSignal | undefined): AsyncGenerator<RawRow> {
  let isEmpty = true
  for await (const row of readers[format](file, signal)) {
    isEmpty = false
    yield row
  }
  if (isEmpty) {
    throw new UserError('empty_file', 'expected rows, got a file without any', {
      where: file.name,
      remedy: 'was the download or the export cut off?',
    })
  }
}

/**
 * The rows of one source, file after file, in the order of the files. A row that does not parse is a problem row; a
 * file that cannot be read on (missing, empty, wrong encoding, damaged) is a UserError.
 */
export async function* readRows(
  source: Pick<PromptSource, 'path' | 'format' | 'limit'>,
  { baseDirectory, signal }: ReadOptions,
): AsyncGenerator<RawRow> {
  const files = await findFiles(typeof source.path === 'string' ? [source.path] : source.path, baseDirectory)
  let left = source.limit ?? Infinity
  for (const file of files) {
    for await (const row of readFile(file, chooseFormat(source.format, file), signal)) {
      yield row
      left -= 1
      if (left === 0) return
    }
  }
}

/** The rows of all sources, one source after the other: what the collect stage takes. */
export async function* readSources(sources: readonly PromptSource[], options: ReadOptions): AsyncGenerator<SourceRow> {
  for (const source of sources) {
    for await (const row of readRows(source, options)) yield { source, row }
  }
}
