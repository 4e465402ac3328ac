import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { readRows } from '../../pipeline/importers/read-rows.ts'
import type { RawRow } from '../../pipeline/importers/raw-row.ts'
import type { PromptSource } from '../../pipeline/importers/source-config.ts'
import { UserError } from '../../pipeline/records/user-error.ts'

/** A folder with the given files, gone after the test. */
export const makeInputFolder = async (files: Readonly<Record<string, string | Uint8Array>>): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'importers-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  return folder
}

export const readAll = async (
  files: Readonly<Record<string, string | Uint8Array>>,
  source: Partial<Pick<PromptSource, 'path' | 'format' | 'limit'>> = {},
): Promise<readonly RawRow[]> => {
  const baseDirectory = await makeInputFolder(files)
  return Array.fromAsync(readRows({ path: Object.keys(files), format: 'auto', ...source }, { baseDirectory }))
}

/** The UserError that a read ends in, as the code, the place and the whole text. */
export const readFailure = async (
  files: Readonly<Record<string, string | Uint8Array>>,
  source: Partial<Pick<PromptSource, 'path' | 'format'>> = {},
): Promise<{ readonly code: string; readonly where: string | null; readonly text: string }> => {
  try {
    await readAll(files, source)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { code: error.code, where: error.where, text: `${error.message}; ${error.remedy}` }
  }
  throw new Error('expected a UserError, got rows')
}

/** Location and value, or location and problem: what most tests look at. */
export const summarise = (rows: readonly RawRow[]): readonly unknown[] =>
  rows.map((row) => ('problem' in row ? [row.location, { problem: row.problem }] : [row.location, row.value]))
