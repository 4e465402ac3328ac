import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { z } from 'zod'
import { readShard } from '../shards/read-shard.ts'
import { findImbalances, sum } from './build-counts.ts'
import { digestFile } from './digest-file.ts'
import { listBuildFiles } from './list-build-files.ts'
import type { Manifest } from './manifest.ts'
import { readManifest } from './read-manifest.ts'
import { sizeOf } from './read-whole-build.ts'
import { recountQuota } from './recount-quota.ts'
import { verifyPreferences } from './verify-preferences.ts'

export type Verification = {
  readonly manifest: Manifest
  readonly files: number
  readonly rows: number
  /** Empty when the folder is what its manifest says. */
  readonly problems: readonly string[]
}

const keySchema = z.object({
  id: z.string(),
  family: z.string(),
  category: z.string(),
  intent: z.string(),
  mode: z.string(),
  build_id: z.string(),
})

/**
 * Checks a build's folder against its manifest: every file's hash and size, no file too many or too few, the rows of
 * every Parquet shard as an independent reader sees them, unique ids, families on one side of the split only, counts
 * that balance, lines of a quota that have the rows they are said to have, preference pairs made of these rows. A published
 * copy is whole without what its manifest says was left out.
 * @throws UserError `manifest`.
 */
export async function verifyBuild(folder: string): Promise<Verification> {
  const manifest = await readManifest(folder)
  const problems: string[] = [...findImbalances(manifest.counts)]
  const omitted = new Set(manifest.published?.omitted.map(({ path }) => path))
  const shards = new Set(manifest.shards.map(({ path }) => path))
  const listed = listBuildFiles(manifest).filter(({ path }) => shards.has(path) || !omitted.has(path))
  for (const { path, bytes, sha256 } of listed) {
    const size = await sizeOf(join(folder, path))
    if (size === null) problems.push(`${path}: missing`)
    else if (size !== bytes) problems.push(`${path}: expected ${bytes} bytes, got ${size}`)
    else if ((await digestFile(join(folder, path))) !== sha256)
      problems.push(`${path}: its SHA-256 is not the manifest's`)
  }
  const known = new Set(['manifest.json', ...listed.map((file) => file.path)])
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/')
    if (entry.isDirectory() || known.has(path) || (manifest.published !== null && isOfTheHub(path))) continue
    problems.push(`${path}: not in the manifest`)
  }
  const rows = problems.length === 0 ? await verifyRows(folder, manifest, problems) : 0
  return { manifest, files: listed.length, rows, problems }
}

/** What a Hugging Face repository and its downloads hold beside the files that were published. */
function isOfTheHub(path: string): boolean {
  return path === '.gitattributes' || path.startsWith('.git/') || path.startsWith('.cache/huggingface/')
}

async function verifyRows(folder: string, manifest: Manifest, problems: string[]): Promise<number> {
  let total = 0
  const ids = new Map<string, string>()
  const quota = recountQuota(manifest.quota)
  const familySplits = new Map<string, string>()
  for (const shard of manifest.shards.filter(({ path }) => path.endsWith('.parquet'))) {
    const [, category = '', file = ''] = shard.path.split('/')
    const split = file.split('-')[0] ?? ''
    let rows = 0
    for await (const row of readShard(join(folder, shard.path))) {
      rows += 1
      const { id, family, ...rest } = keySchema.parse(row)
      if (ids.has(id)) problems.push(`${shard.path}: row ${id} stands twice`)
      ids.set(id, `${category}/${split}`)
      quota.see(rest)
      if (rest.category !== category) problems.push(`${shard.path}: row ${id} is of another category`)
      if (rest.build_id !== manifest.categories[category]) problems.push(`${shard.path}: row ${id} is of another build`)
      const other = familySplits.get(family) ?? split
      if (other !== split) problems.push(`family ${family} stands in ${other} and in ${split}`)
      familySplits.set(family, split)
    }
    if (rows !== shard.rows) problems.push(`${shard.path}: expected ${shard.rows} rows, got ${rows}`)
    total += rows
  }
  // Rows in JSON Lines have the conversation alone, so that there is nothing to count.
  if (manifest.shards.every(({ path }) => path.endsWith('.parquet'))) problems.push(...quota.findProblems())
  let rejected = 0
  const rejectedIds = new Set<string>()
  const omitted = new Set(manifest.published?.omitted.map(({ path }) => path))
  const there = manifest.rejected.filter(({ path }) => !omitted.has(path))
  for (const shard of there) {
    for await (const row of readShard(join(folder, shard.path))) {
      rejected += 1
      if (manifest.preference !== null && typeof row['candidate_id'] === 'string') rejectedIds.add(row['candidate_id'])
    }
  }
  const { counts } = manifest
  const accepted = manifest.shards.reduce((all, shard) => all + shard.rows, 0)
  if (accepted !== counts.accepted) problems.push(`expected ${counts.accepted} accepted rows, got ${accepted}`)
  const expected = sum(counts.rejectedPrompts) + sum(counts.rejectedCandidates)
  if (there.length === manifest.rejected.length && rejected !== expected)
    problems.push(`expected ${expected} rejected rows, got ${rejected}`)
  if (manifest.preference?.shards.some(({ path }) => omitted.has(path)) === true) return total + rejected
  const isWhole = there.length === manifest.rejected.length
  const known = { accepted: ids, rejected: isWhole ? rejectedIds : null }
  return total + rejected + (await verifyPreferences(folder, manifest, known, problems))
}
