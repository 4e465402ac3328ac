import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { isWhole } from '../build/read-whole-build.ts'
import { readManifest } from '../build/read-manifest.ts'
import type { ResolvedBuild } from '../build/resolve-build.ts'
import { openScratchSpool } from '../build/scratch-spool.ts'
import type { FoundCalibration } from '../calibrate/find-calibrations.ts'
import { UserError } from '../records/user-error.ts'
import { evaluateGates } from './evaluate-gates.ts'
import type { GatesFile } from './gate-result.ts'
import { describeFolder } from './read-gate-subject.ts'
import { describeGates, writeFindings } from './write-gates.ts'

export type CheckOptions = {
  readonly calibrations: readonly FoundCalibration[]
  /** ISO 8601. */
  readonly now: string
  /** Write every finding to this file, if there is one. */
  readonly findingsPath: string | null
}

/**
 * Lets the gates of a config judge a build that stands, published or held. Changes nothing.
 * @throws UserError `manifest`, `earlier_build`, and what the gates throw.
 */
export async function checkBuild(folder: string, resolved: ResolvedBuild, options: CheckOptions): Promise<GatesFile> {
  // Not by `latest`, which may move while it is read.
  const path = await realpath(folder).catch(() => folder)
  const manifest = await readManifest(path)
  if (!(await isWhole(path, manifest))) {
    throw new UserError('earlier_build', 'expected a whole build, got one with files missing or cut short', {
      where: folder,
      remedy: 'See `safe-completions verify`; a rerun of the build mends it without sending a request.',
    })
  }
  await using spool = await openScratchSpool()
  const outcome = await evaluateGates({
    gates: resolved.config.gates,
    config: resolved.config,
    folder: resolved.folder,
    home: join(resolved.outputRoot, manifest.name),
    subject: describeFolder(path, manifest),
    calibrations: options.calibrations,
    now: options.now,
    spool,
  })
  const { findingsPath } = options
  if (findingsPath !== null && outcome.findings.count() > 0) await writeFindings(findingsPath, outcome)
  return describeGates(manifest.buildId, outcome)
}
