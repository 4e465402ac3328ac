import { hash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { findFiles } from '../importers/find-files.ts'
import { writeJson } from './build-folder.ts'
import { identifyConfig } from './config-identity.ts'
import { digestFile } from './digest-file.ts'
import type { Manifest } from './manifest.ts'
import { readWholeBuild } from './read-whole-build.ts'
import type { ResolvedBuild } from './resolve-build.ts'

const markName = '.fingerprint.json'
const packageRoot = join(import.meta.dirname, '../..')

/**
 * A digest of everything a build depends on: the bytes of every input file, the config, specs and templates, this
 * program's own source and Node's version, and the store. Answers in a store never change, so a whole build that was
 * made under the same fingerprint is the build that would be made again.
 */
export async function fingerprintBuild(resolved: ResolvedBuild, storeId: string): Promise<string> {
  const { config, specs, templates, folder } = resolved
  const inputs: (readonly string[])[] = []
  for (const source of [...config.sources, ...config.evaluations]) {
    for (const { name, path } of await findFiles([source.path].flat(), folder)) {
      inputs.push([source.name, name, await digestFile(path)])
    }
  }
  const parts = [
    identifyConfig(config).digest,
    config.gates,
    specs.digest,
    [...templates.all].map(([id, template]) => [id, template.digest]),
    inputs,
    await digestProgram(),
    process.versions.node,
    storeId,
  ]
  return hash('sha256', JSON.stringify(parts))
}

async function digestProgram(): Promise<string> {
  const folder = join(packageRoot, 'pipeline')
  const names = (await readdir(folder, { recursive: true })).filter((name) => /\.(?:ts|js|sql)$/.test(name))
  const files = [join(packageRoot, 'package.json'), ...names.toSorted().map((name) => join(folder, name))]
  const digests: string[] = []
  for (const file of files) digests.push(await digestFile(file))
  return hash('sha256', digests.join('\n'))
}

const markSchema = z.strictObject({ fingerprint: z.string(), buildId: z.string() })

/** Notes what `latest` was made from, for the next run. */
export async function markFingerprint(home: string, fingerprint: string, buildId: string): Promise<void> {
  await writeJson(join(home, markName), { fingerprint, buildId })
}

/** The build that `latest` shows, if it was made under this fingerprint and its files are all there; null otherwise. */
export async function findUnchangedBuild(home: string, fingerprint: string): Promise<Manifest | null> {
  const mark = markSchema.safeParse(await readMark(join(home, markName)))
  if (!mark.success || mark.data.fingerprint !== fingerprint) return null
  const manifest = await readWholeBuild(join(home, 'latest'))
  return manifest?.buildId === mark.data.buildId ? manifest : null
}

/** A mark that is missing or was cut short by a power loss is no mark. */
async function readMark(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    return null
  }
}
