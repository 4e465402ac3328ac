import { createHash } from 'node:crypto'

export type HubFile = { readonly bytes: Uint8Array; readonly isLfs: boolean }
export type HubCommit = {
  readonly oid: string
  readonly parent: string | null
  readonly title: string
  readonly description: string
  readonly files: ReadonlyMap<string, HubFile>
}
export type HubRepo = {
  visibility: 'private' | 'public'
  gated: false | 'auto' | 'manual'
  /** Branch to commit. */
  readonly branches: Map<string, string>
  readonly tags: Map<string, string>
  readonly commits: Map<string, HubCommit>
}

/** As the hub makes one: a first commit with `.gitattributes`. */
export function createHubRepo(visibility: 'private' | 'public'): HubRepo {
  const repo: HubRepo = { visibility, gated: false, branches: new Map(), tags: new Map(), commits: new Map() }
  const attributes = new TextEncoder().encode(
    '*.parquet filter=lfs diff=lfs merge=lfs -text\n*.gz filter=lfs diff=lfs merge=lfs -text\n',
  )
  addCommit(repo, 'main', 'initial commit', '', new Map([['.gitattributes', { bytes: attributes, isLfs: false }]]))
  return repo
}

export function addCommit(
  repo: HubRepo,
  branch: string,
  title: string,
  description: string,
  files: ReadonlyMap<string, HubFile>,
): HubCommit {
  const parent = repo.branches.get(branch) ?? null
  const names = [...files].map(([path, file]) => [path, sha256(file.bytes)])
  const oid = createHash('sha1')
    .update(JSON.stringify([parent, title, repo.commits.size, names]))
    .digest('hex')
  const commit = { oid, parent, title, description, files }
  repo.commits.set(oid, commit)
  repo.branches.set(branch, oid)
  return commit
}

export function findCommit(repo: HubRepo, revision: string): HubCommit | undefined {
  const name = revision === 'HEAD' ? 'main' : revision
  return repo.commits.get(repo.branches.get(name) ?? repo.tags.get(name) ?? name)
}

/** An entry of a listing: git blobs by their SHA-1, large files by the pointer's, and by their SHA-256. */
export function describeFile(path: string, { bytes, isLfs }: HubFile): Record<string, unknown> {
  if (!isLfs) return { type: 'file', path, size: bytes.length, oid: gitBlob(bytes) }
  const oid = sha256(bytes)
  const pointer = new TextEncoder().encode(
    `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${bytes.length}\n`,
  )
  const lfs = { oid, size: bytes.length, pointerSize: pointer.length }
  return { type: 'file', path, size: bytes.length, oid: gitBlob(pointer), lfs }
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

export function gitBlob(bytes: Uint8Array): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
}
