import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { manifestSchema } from '../../build/manifest.ts'
import { UserError } from '../../records/user-error.ts'
import { listBuildFiles } from '../../build/list-build-files.ts'
import type { PublishedSet, SetFile } from '../published-set.ts'
import type { RemoteFile } from './hub-repository.ts'

export type RemoteDifference = {
  readonly upload: readonly SetFile[]
  readonly skip: readonly SetFile[]
  /** Files of the set that stands there, which this one does not have. */
  readonly stale: readonly RemoteFile[]
  /** Files that nobody published here: they are left as they are. */
  readonly foreign: readonly string[]
}

/** Written by the hub itself. */
const ofTheHub: ReadonlySet<string> = new Set(['.gitattributes'])

/**
 * What a commit would have to change.
 * @param remoteManifest text of the manifest that stands there; null for none.
 * @throws UserError `foreign_repository` when what is there was not published by this program.
 */
export async function compareRemote(
  { files, manifestFile }: PublishedSet,
  remote: readonly RemoteFile[],
  remoteManifest: string | null,
): Promise<RemoteDifference> {
  const there = new Map(remote.map((file) => [file.path, file]))
  const upload: SetFile[] = []
  const skip: SetFile[] = []
  for (const file of [...files, manifestFile]) {
    const found = there.get(file.path)
    if (found !== undefined && (await isEqual(file, found))) skip.push(file)
    else upload.push(file)
  }
  const wanted = new Set([...skip, ...upload].map(({ path }) => path))
  const others = remote.filter(({ path }) => !wanted.has(path) && !ofTheHub.has(path))
  const known = listPublished(remoteManifest)
  const foreign = others.filter(({ path }) => !known.has(path)).map(({ path }) => path)
  if (remoteManifest === null && foreign.length > 0) {
    throw new UserError(
      'foreign_repository',
      `expected an empty repository or one with a published build, got ${foreign.length} other files, such as ${foreign[0]}`,
      {
        where: '--to',
        remedy: 'Publish to a repository of its own, or delete these files there first.',
      },
    )
  }
  return { upload, skip, stale: others.filter(({ path }) => known.has(path)), foreign }
}

function listPublished(text: string | null): ReadonlySet<string> {
  if (text === null) return new Set()
  try {
    return new Set(listBuildFiles(manifestSchema.parse(JSON.parse(text))).map(({ path }) => path))
  } catch (error) {
    throw new UserError(
      'foreign_repository',
      'expected the manifest of a published build, got a manifest.json that is none',
      {
        where: '--to',
        remedy: 'Publish to a repository of its own, or delete manifest.json there first.',
        cause: error,
      },
    )
  }
}

async function isEqual(file: SetFile, { size, sha256, oid }: RemoteFile): Promise<boolean> {
  if (size !== file.bytes) return false
  return sha256 === null ? oid === (await digestGitBlob(file)) : sha256 === file.sha256
}

async function digestGitBlob({ bytes, content }: SetFile): Promise<string> {
  const digest = createHash('sha1').update(`blob ${bytes}\0`)
  if (typeof content === 'string') for await (const chunk of createReadStream(content)) digest.update(chunk)
  else digest.update(content)
  return digest.digest('hex')
}
