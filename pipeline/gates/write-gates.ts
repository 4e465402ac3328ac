import { join } from 'node:path'
import { writeJson } from '../build/build-folder.ts'
import { writeJsonLines } from '../shards/write-json-lines.ts'
import type { GatesOutcome } from './evaluate-gates.ts'
import { gatesFileSchema, type GatesFile } from './gate-result.ts'

export const gatesName = 'gates.json'
const findingsName = 'gate-findings.jsonl'

/** Writes `gates.json`, and every finding to `gate-findings.jsonl` if there is one. */
export async function writeGates(folder: string, buildId: string, outcome: GatesOutcome): Promise<void> {
  await writeJson(join(folder, gatesName), describeGates(buildId, outcome))
  if (outcome.findings.count() > 0) await writeFindings(join(folder, findingsName), outcome)
}

export function describeGates(buildId: string, { results, failures }: GatesOutcome): GatesFile {
  return gatesFileSchema.parse({ gatesVersion: 1, buildId, passed: failures.length === 0, gates: results })
}

/** A JSON line each. @throws UserError `file_write`, and `shard_empty` without any. */
export async function writeFindings(path: string, { findings }: GatesOutcome): Promise<void> {
  await writeJsonLines(
    path,
    findings.read().map((finding) => JSON.stringify(finding).toWellFormed()),
  )
}
