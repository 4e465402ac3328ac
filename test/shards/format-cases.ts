import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { sampleSchema, type Sample } from '../../pipeline/records/sample.ts'
import { sampleColumns, toJsonLine, toShardRow } from '../../pipeline/shards/sample-columns.ts'
import { findFormatConflict, trainerFormatNames, trainerFormats } from '../../pipeline/shards/trainer-formats.ts'

/**
 * Goldens: `<case>.sample.json` holds a sample, `<case>.rendered.json` what each format makes of it. A new case is a new
 * sample file and one run of `npx node test/goldens/formats/regenerate.ts`.
 */
export const goldenFolder = join(import.meta.dirname, '..', 'goldens', 'formats')

export async function listFormatCases(): Promise<string[]> {
  const files = await readdir(goldenFolder)
  return files.flatMap((file) => /^(.*)\.sample\.json$/.exec(file)?.[1] ?? []).toSorted()
}

export async function readSample(name: string): Promise<Sample> {
  return sampleSchema.parse(await readJson(`${name}.sample.json`))
}

export async function readRendered(name: string): Promise<unknown> {
  return z.record(z.string(), z.unknown()).parse(await readJson(`${name}.rendered.json`))
}

/** What every format makes of a sample: its conflict, or its line, or the columns that the format decides. */
export function renderAllFormats(sample: Sample): Record<string, unknown> {
  return Object.fromEntries(trainerFormatNames.map((name) => [name, renderFormat(sample, name)]))
}

function renderFormat(sample: Sample, name: (typeof trainerFormatNames)[number]): unknown {
  const format = trainerFormats[name]
  const conflict = findFormatConflict(sample, format)
  if (conflict !== null) return { conflict }
  if (format.fileKind === 'jsonl') return { line: toJsonLine(sample, format) }
  const row = toShardRow(sample, format, 'build-1')
  const decided = ['prompt', 'completion', 'messages', 'text', 'reasoning'].filter((column) => column in row)
  return {
    columns: sampleColumns(format).map((column) => column.name),
    row: Object.fromEntries(decided.map((column) => [column, row[column]])),
  }
}

async function readJson(file: string): Promise<unknown> {
  return JSON.parse(await readFile(join(goldenFolder, file), 'utf8'))
}
