import { z } from 'zod'
import { manifestSchema, type Manifest } from '../../build/manifest.ts'
import { UserError } from '../../records/user-error.ts'
import { listBuildFiles } from '../../build/list-build-files.ts'
import type { PublishedSet } from '../published-set.ts'

const pointerSchema = z.object({ buildId: z.string(), manifest: z.string(), manifestSha256: z.string() })
/** What `latest.json` says. */
export type Pointer = z.infer<typeof pointerSchema>

/** @throws UserError `foreign_pointer`. */
export function readPointer(text: string | null, where: string): Pointer | null {
  if (text === null) return null
  try {
    return pointerSchema.parse(JSON.parse(text))
  } catch (error) {
    throw new UserError('foreign_pointer', 'expected a pointer to a published build, got another file', {
      where,
      remedy: 'Publish below a prefix of its own.',
      cause: error,
    })
  }
}

/**
 * A build that stands there whole stays: equal ids mean equal rows. What was left out must be the same, too.
 * @throws UserError `published_otherwise`.
 */
export function checkStanding(text: string, set: PublishedSet, where: string): void {
  if (listFiles(parseManifest(text, where)) === listFiles(set.manifest)) return
  throw new UserError(
    'published_otherwise',
    'expected this build as it is to be published now, got the same build with other files',
    {
      where,
      remedy:
        'Publish with the same --include and --with-answers as before, or below another prefix: what is published is never written over.',
    },
  )
}

function listFiles(manifest: Manifest): string {
  const { shards, published } = manifest
  const omitted = new Set(published?.omitted.map(({ path }) => path))
  const paths = listBuildFiles(manifest)
    .map(({ path }) => path)
    .filter((path) => !omitted.has(path))
  return JSON.stringify([paths.toSorted(), shards.map(({ sha256 }) => sha256)])
}

function parseManifest(text: string, where: string): Manifest {
  try {
    return manifestSchema.parse(JSON.parse(text))
  } catch (error) {
    throw new UserError('published_otherwise', 'expected the manifest of a published build, got another file', {
      where: `${where}/manifest.json`,
      remedy: 'Publish below another prefix.',
      cause: error,
    })
  }
}
