import type { Manifest } from '../build/manifest.ts'

type ListedFile = Manifest['files'][number]

/** Every file that a manifest lists, left out or not. */
export function listSetFiles({ shards, rejected, preference, files }: Manifest): readonly ListedFile[] {
  return [...shards, ...rejected, ...(preference?.shards ?? []), ...files].map(({ path, bytes, sha256 }) => ({
    path,
    bytes,
    sha256,
  }))
}
