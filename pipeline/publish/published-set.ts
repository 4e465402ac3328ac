import { hash } from 'node:crypto'
import { readFile, realpath, stat } from 'node:fs/promises'
import { isAbsolute, join, posix } from 'node:path'
import { z } from 'zod'
import { checkInputs } from '../build/check-inputs.ts'
import { digestFile } from '../build/digest-file.ts'
import { manifestSchema, type Manifest } from '../build/manifest.ts'
import { verifyBuild } from '../build/verify-build.ts'
import { inputsFolder } from '../build/write-inputs.ts'
import { UserError } from '../records/user-error.ts'
import { listInputPaths } from './list-input-paths.ts'
import { listBuildFiles } from '../build/list-build-files.ts'
import { publishCard } from './publish-card.ts'
import { refuseHeld } from './refuse-held.ts'

export type SetFile = {
  readonly path: string
  readonly bytes: number
  readonly sha256: string
  /** A file's path, or the bytes themselves. */
  readonly content: string | Uint8Array<ArrayBuffer>
}

/** What goes to a target: the files of a whole build, and a manifest that says what was left out. */
export type PublishedSet = {
  readonly buildId: string
  readonly license: string
  readonly manifest: Manifest
  readonly files: readonly SetFile[]
  /** Written last. */
  readonly manifestFile: SetFile
}

/** What is published only when asked for: unsafe answers, and the same rows once more. */
export const leftOut = ['rejected', 'preference', 'arrow'] as const
export type LeftOut = (typeof leftOut)[number]

/** What gates were set to and looked at: with folders of this machine. */
const ofTheMachine: ReadonlySet<string> = new Set(['gates.json', 'gate-findings.jsonl'])

export type SetOptions = {
  readonly include: readonly LeftOut[]
  /** Writes a recording of the build's answers, to go into `inputs/`, once the build is found whole; null for none. */
  readonly writeAnswers: (() => Promise<string>) | null
  /** What becomes of the data card. */
  readonly editCard: (card: string) => string
}

/** Where `--with-answers` puts them. */
export const answersPath = `${inputsFolder}/answers.jsonl.gz`

/**
 * Reads and verifies a build.
 * @returns the problems instead where the folder is not what its manifest says.
 * @throws UserError for what is no build that may be published: held back, published already, of an earlier version, or
 * with paths of this machine in its rows.
 */
export async function collectSet(
  build: string,
  options: SetOptions,
): Promise<{ readonly set: PublishedSet } | { readonly problems: readonly string[] }> {
  // Not by `latest`, which may move meanwhile.
  const folder = await realpath(build).catch(() => build)
  const { manifest, problems } = await verifyBuild(folder)
  if (problems.length > 0) return { problems }
  await checkPublishable(folder, manifest)
  const isOmitted = (path: string): boolean =>
    ofTheMachine.has(path) ||
    leftOut.some(
      (name) => !options.include.includes(name) && (path.startsWith(`${name}/`) || path === `arrow/${name}.arrow`),
    )
  const all = listBuildFiles(manifest)
  const omitted = all.filter(({ path }) => isOmitted(path))
  const missing = [...new Set(omitted.map(({ path }) => path.split('/')[0] ?? ''))].toSorted()
  const card = toFile(
    'README.md',
    options.editCard(publishCard(await readFile(join(folder, 'README.md'), 'utf8'), missing)),
  )
  const answers = options.writeAnswers === null ? [] : [await openFile(answersPath, await options.writeAnswers())]
  const changed = [card, ...answers]
  const others = all.filter(({ path }) => !isOmitted(path) && !changed.some((file) => file.path === path))
  const published: Manifest = manifestSchema.parse({
    ...manifest,
    files: [
      ...manifest.files.filter(({ path }) => !changed.some((file) => file.path === path)),
      ...changed.map(({ path, bytes, sha256 }) => ({ path, bytes, sha256 })),
    ].toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    published: { manifestSha256: await digestFile(join(folder, 'manifest.json')), omitted },
  })
  return {
    set: {
      buildId: manifest.buildId,
      license: licenseSchema.parse(manifest.inputs.config).license,
      manifest: published,
      files: [
        ...others.map(({ path, bytes, sha256 }) => ({ path, bytes, sha256, content: join(folder, path) })),
        ...changed,
      ].toSorted((a, b) => (a.path < b.path ? -1 : 1)),
      manifestFile: toFile('manifest.json', `${JSON.stringify(published, null, 2)}\n`),
    },
  }
}

const licenseSchema = z.object({ license: z.string() })

async function checkPublishable(folder: string, manifest: Manifest): Promise<void> {
  await refuseHeld(folder, 'Mend what the gate found and build again, or publish `latest`.')
  const refuse = (code: string, message: string, remedy: string): never => {
    throw new UserError(code, message, { where: folder, remedy })
  }
  if (manifest.published !== null) {
    refuse(
      'published_copy',
      'expected a build as it was made, got a published copy',
      'Publish the build itself, or copy the files with the tools of the storage.',
    )
  }
  checkInputs(folder, manifest)
  const paths = listBuildFiles(manifest).map(({ path }) => path)
  const odd = paths.find(
    (path) =>
      isAbsolute(path) || posix.normalize(path) !== path || path.startsWith('..') || !/^[\w.\-/ ()+=@,]+$/.test(path),
  )
  if (odd !== undefined) {
    refuse(
      'odd_path',
      `expected plain paths inside the build, got "${odd}"`,
      'Rename the file that it comes from (a spec, a template) in letters, digits and any of . _ - and build again.',
    )
  }
  const absolute = listInputPaths(manifest).find((path) => isAbsolute(path))
  if (absolute !== undefined) {
    refuse(
      'absolute_path',
      `expected files with paths relative to the config, got "${absolute}", which a published config and the rows' column location would tell`,
      'Make the paths of sources, evaluations and tokenizer relative to the config file, and build again, which sends no request.',
    )
  }
}

function toFile(path: string, text: string): SetFile {
  const content = new TextEncoder().encode(text)
  return { path, bytes: content.length, sha256: hash('sha256', content), content }
}

async function openFile(path: string, file: string): Promise<SetFile> {
  return { path, bytes: (await stat(file)).size, sha256: await digestFile(file), content: file }
}
