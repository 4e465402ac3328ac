import type { Manifest } from './manifest.ts'

type ListedFile = Manifest['files'][number]

/** Every file that a manifest lists, left out or not. */
export function listBuildFiles({ shards, rejected, preference, files }: Manifest): readonly ListedFile[] {
  return [...shards, ...rejected, ...(preference?.shards ?? []), ...files].map(({ path, bytes, sha256 }) => ({
    path,
    bytes,
    sha256,
  }))
}
