import { join } from 'node:path'
import type { SpoolTable } from '../spool/spool.ts'
import { writeJsonLines } from '../shards/write-json-lines.ts'
import { writeThenRename } from '../shards/write-then-rename.ts'
import type { SetFile } from './synthesis-manifest.ts'
import type { Outcome } from './verify-draft.ts'

/**
 * Writes the lines of a set. A file of rejections is always there; one of prompts only where there are any, since an
 * importer takes an empty file for one that was cut off.
 */
export async function writeSet(
  folder: string,
  outcomes: SpoolTable<Outcome>,
  { slots, accepted }: { readonly slots: number; readonly accepted: number },
): Promise<SetFile[]> {
  const prompts = accepted === 0 ? [] : [await writeLines(folder, 'prompts.jsonl', outcomes, 'made')]
  const rejected =
    accepted === slots
      ? await writeEmpty(folder, 'rejected.jsonl')
      : await writeLines(folder, 'rejected.jsonl', outcomes, 'rejected')
  return [...prompts, rejected]
}

async function writeLines(
  folder: string,
  name: string,
  outcomes: SpoolTable<Outcome>,
  status: Outcome['status'],
): Promise<SetFile> {
  const chosen = outcomes.read().filter((outcome) => outcome.status === status)
  const lines = chosen.map(({ row }) => JSON.stringify(row))
  const { rows, bytes, sha256 } = await writeJsonLines(join(folder, name), lines)
  return { path: name, rows, bytes, sha256 }
}

async function writeEmpty(folder: string, name: string): Promise<SetFile> {
  return { path: name, rows: 0, ...(await writeThenRename(join(folder, name), nothing, nothing)) }
}

async function nothing(): Promise<void> {}
