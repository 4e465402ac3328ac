import type { IncomingHttpHeaders } from 'node:http'
import { z } from 'zod'
import { commitFiles } from './hub-commit.ts'
import { createHubRepo, describeFile, findCommit, sha256, type HubRepo } from './hub-repositories.ts'
import type { WireRequest } from './wire-faults.ts'

export type HubState = {
  readonly url: string
  readonly token: string
  /** Objects larger than this are asked for in parts of so many bytes. */
  readonly partBytes: number
  readonly pageSize: number
  readonly repos: Map<string, HubRepo>
  /** SHA-256 to bytes: what was uploaded, whether a commit names it or not. */
  readonly objects: Map<string, Uint8Array>
  readonly parts: Map<string, Map<number, Uint8Array>>
}
export type HubReply = {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

type Call = HubState & { readonly wire: WireRequest; readonly body: Uint8Array; readonly match: readonly string[] }
type Route = readonly [method: string, path: RegExp, answer: (call: Call) => HubReply]

const name = String.raw`([\w.-]+/[\w.-]+)`
const createSchema = z.strictObject({
  name: z.string(),
  organization: z.string(),
  type: z.literal('dataset'),
  visibility: z.enum(['private', 'public']),
})
const settingsSchema = z.strictObject({ gated: z.union([z.literal(false), z.enum(['auto', 'manual'])]) })
const preuploadSchema = z.strictObject({
  files: z.array(z.strictObject({ path: z.string(), size: z.int(), sample: z.string() })).max(256),
})
const batchSchema = z.strictObject({
  operation: z.literal('upload'),
  transfers: z.tuple([z.literal('basic'), z.literal('multipart')]),
  hash_algo: z.literal('sha_256'),
  ref: z.strictObject({ name: z.string() }),
  objects: z.array(z.strictObject({ oid: z.string().regex(/^[0-9a-f]{64}$/), size: z.int() })),
})
const completeSchema = z.strictObject({
  oid: z.string(),
  parts: z.array(z.strictObject({ partNumber: z.int(), etag: z.string() })),
})

const refuse = (status: number, error: string): HubReply => ({ status, body: { error } })

/** The announced object, and no other. */
function keep({ objects }: HubState, oid: string, bytes: Uint8Array, size: number): HubReply {
  if (sha256(bytes) !== oid) return refuse(400, 'the SHA-256 of the object is another')
  if (bytes.length !== size) return refuse(400, 'the size of the object is another')
  objects.set(oid, bytes)
  return { status: 200, headers: { etag: `"${oid}"` } }
}

function withRepo(answer: (call: Call, repo: HubRepo) => HubReply): Route[2] {
  return (call) => {
    const repo = call.repos.get(call.match[0] ?? '')
    return repo === undefined ? refuse(404, 'Repository not found') : answer(call, repo)
  }
}

const signed = /^sig=[0-9]+$/
const routes: readonly Route[] = [
  [
    'GET',
    /^\/api\/whoami-v2$/,
    () => ({ status: 200, body: { type: 'user', name: 'me', auth: { type: 'access_token' } } }),
  ],
  [
    'POST',
    /^\/api\/repos\/create$/,
    ({ repos, body, url }) => {
      const { name: own, organization, visibility } = createSchema.parse(readJson(body))
      const id = `${organization}/${own}`
      if (organization !== 'me')
        return refuse(403, `You don't have the rights to create a dataset under the namespace "${organization}"`)
      if (repos.has(id)) return refuse(409, 'You already created this dataset repo')
      repos.set(id, createHubRepo(visibility))
      return { status: 200, body: { url: `${url}/datasets/${id}`, id } }
    },
  ],
  [
    'GET',
    new RegExp(`^/api/datasets/${name}(?:/revision/(.+))?$`),
    withRepo(({ match, wire }, repo) => {
      const commit = findCommit(repo, match[1] ?? 'main')
      if (commit === undefined) return refuse(404, 'Invalid rev id')
      const all = {
        _id: '1',
        id: match[0],
        private: repo.visibility === 'private',
        gated: repo.gated,
        sha: commit.oid,
        downloads: 0,
        likes: 0,
        lastModified: '2026-01-01T00:00:00.000Z',
        tags: [],
        siblings: [...commit.files.keys()].map((rfilename) => ({ rfilename })),
      }
      const wanted = new Set(wire.query.getAll('expand'))
      const shown = Object.entries(all).filter(
        ([key]) => wanted.size === 0 || wanted.has(key) || key === '_id' || key === 'id',
      )
      return { status: 200, body: Object.fromEntries(shown) }
    }),
  ],
  [
    'PUT',
    new RegExp(`^/api/datasets/${name}/settings$`),
    withRepo(({ body }, repo) => {
      repo.gated = settingsSchema.parse(readJson(body)).gated
      return { status: 200, body: {} }
    }),
  ],
  [
    'POST',
    new RegExp(`^/api/datasets/${name}/branch/(.+)$`),
    withRepo(({ match }, repo) => {
      const main = repo.branches.get('main')
      if (match[1] === undefined || main === undefined || repo.branches.has(match[1]))
        return refuse(409, 'Reference already exists')
      repo.branches.set(match[1], main)
      return { status: 200 }
    }),
  ],
  [
    'GET',
    new RegExp(`^/api/datasets/${name}/refs$`),
    withRepo((_, repo) => {
      const list = (kind: string, refs: ReadonlyMap<string, string>): unknown =>
        [...refs].map(([own, targetCommit]) => ({ name: own, ref: `refs/${kind}/${own}`, targetCommit }))
      return {
        status: 200,
        body: { branches: list('heads', repo.branches), tags: list('tags', repo.tags), converts: [] },
      }
    }),
  ],
  [
    'POST',
    new RegExp(`^/api/datasets/${name}/tag/(.+)$`),
    withRepo(({ match, body }, repo) => {
      const { tag } = z.strictObject({ tag: z.string() }).parse(readJson(body))
      const commit = findCommit(repo, match[1] ?? '')
      if (commit === undefined) return refuse(404, 'Invalid rev id')
      if (repo.tags.has(tag)) return refuse(409, 'Tag already exists')
      repo.tags.set(tag, commit.oid)
      return { status: 200 }
    }),
  ],
  ['GET', new RegExp(`^/api/datasets/${name}/tree/([^/]+)(?:/(.*))?$`), withRepo(listTree)],
  [
    'POST',
    new RegExp(`^/api/datasets/${name}/preupload/(.+)$`),
    withRepo(({ match, body }, repo) => {
      if (!repo.branches.has(match[1] ?? '')) return refuse(404, 'Invalid rev id')
      const { files } = preuploadSchema.parse(readJson(body))
      const modeOf = (path: string, size: number): string =>
        /\.(?:parquet|gz|arrow)$/.test(path) || size > 10_000_000 ? 'lfs' : 'regular'
      return {
        status: 200,
        body: { files: files.map(({ path, size }) => ({ path, uploadMode: modeOf(path, size), shouldIgnore: false })) },
      }
    }),
  ],
  ['POST', new RegExp(`^/datasets/${name}\\.git/info/lfs/objects/batch$`), withRepo(startUploads)],
  [
    'PUT',
    /^\/lfs\/([0-9a-f]{64})\/(\d+)$/,
    (call) => {
      const [oid = '', size = ''] = call.match
      return signed.test(call.wire.query.toString())
        ? keep(call, oid, call.body, Number(size))
        : refuse(403, 'not signed')
    },
  ],
  [
    'PUT',
    /^\/lfs-part\/([0-9a-f]{64})\/(\d+)$/,
    ({ match, parts, body, partBytes }) => {
      const [oid = '', part = ''] = match
      if (body.length > partBytes) return refuse(400, 'the part is too large')
      const own = parts.get(oid) ?? new Map<number, Uint8Array>()
      parts.set(oid, own.set(Number(part), body))
      return { status: 200, headers: { etag: `"${sha256(body)}"` } }
    },
  ],
  [
    'POST',
    /^\/lfs-complete\/([0-9a-f]{64})\/(\d+)$/,
    (call) => {
      const [oid = '', size = ''] = call.match
      const { parts } = completeSchema.parse(readJson(call.body))
      const own = parts
        .toSorted((a, b) => a.partNumber - b.partNumber)
        .map(({ partNumber, etag }) => {
          const bytes = call.parts.get(oid)?.get(partNumber)
          return bytes !== undefined && etag === `"${sha256(bytes)}"` ? bytes : new Uint8Array()
        })
      return keep(call, oid, new Uint8Array(Buffer.concat(own)), Number(size))
    },
  ],
  [
    'POST',
    new RegExp(`^/api/datasets/${name}/commit/(.+)$`),
    withRepo((call, repo) => commitFiles(call, repo, call.match[1] ?? '', call.body)),
  ],
  ['GET', new RegExp(`^/datasets/${name}/resolve/([^/]+)/(.+)$`), withRepo(sendFile)],
  ['HEAD', new RegExp(`^/datasets/${name}/resolve/([^/]+)/(.+)$`), withRepo(sendFile)],
]

function listTree({ match, wire, url, pageSize }: Call, repo: HubRepo): HubReply {
  const commit = findCommit(repo, match[1] ?? '')
  if (commit === undefined) return refuse(404, 'Invalid rev id')
  const below = match[2] === undefined || match[2] === '' ? '' : `${match[2]}/`
  const files = [...commit.files]
    .filter(([path]) => path.startsWith(below))
    .map(([path, file]) => describeFile(path, file))
  const folders = new Set(
    [...commit.files.keys()].flatMap((path) =>
      path
        .split('/')
        .slice(0, -1)
        .map((_, n, all) => all.slice(0, n + 1).join('/')),
    ),
  )
  const entries = [...[...folders].map((path) => ({ type: 'directory', path, size: 0, oid: '' })), ...files]
  const shown =
    wire.query.get('recursive') === 'true'
      ? entries
      : entries.filter(({ path }) => !String(path).slice(below.length).includes('/'))
  const start = Number(wire.query.get('cursor') ?? 0)
  const next = start + pageSize
  const link = `<${url}${wire.path}?recursive=${wire.query.get('recursive')}&expand=false&cursor=${next}>; rel="next"`
  return { status: 200, body: shown.slice(start, next), headers: next < shown.length ? { link } : {} }
}

function startUploads({ url, body, objects, partBytes }: Call): HubReply {
  const asked = batchSchema.parse(readJson(body)).objects
  const describe = ({ oid, size }: { oid: string; size: number }): unknown => {
    if (objects.has(oid)) return { oid, size }
    if (size <= partBytes) return { oid, size, actions: { upload: { href: `${url}/lfs/${oid}/${size}?sig=1` } } }
    const count = Math.ceil(size / partBytes)
    const parts = Array.from({ length: count }, (_, n) => [
      String(n + 1).padStart(5, '0'),
      `${url}/lfs-part/${oid}/${n + 1}?sig=1`,
    ])
    const header = { chunk_size: String(partBytes), ...Object.fromEntries(parts) }
    return { oid, size, actions: { upload: { href: `${url}/lfs-complete/${oid}/${size}?sig=1`, header } } }
  }
  return { status: 200, body: { transfer: 'basic', objects: asked.map(describe) } }
}

function sendFile({ match }: Call, repo: HubRepo): HubReply {
  const commit = findCommit(repo, match[1] ?? '')
  const file = commit?.files.get(match[2] ?? '')
  if (commit === undefined || file === undefined)
    return { ...refuse(404, 'Entry not found'), headers: { 'x-error-code': 'EntryNotFound' } }
  const etag = `"${file.isLfs ? sha256(file.bytes) : String(describeFile('', file)['oid'])}"`
  return { status: 200, body: file.bytes, headers: { etag, 'x-repo-commit': commit.oid, 'accept-ranges': 'bytes' } }
}

export function answerHub(
  state: HubState,
  wire: WireRequest,
  headers: IncomingHttpHeaders,
  body: Uint8Array,
): HubReply {
  const isStorage = wire.path.startsWith('/lfs')
  if (!isStorage && headers.authorization !== `Bearer ${state.token}`)
    return refuse(401, 'Invalid credentials in Authorization header')
  if (isStorage && headers.authorization !== undefined) return refuse(400, 'a signed address takes no token')
  for (const [method, path, answer] of routes) {
    const found = method === wire.method ? path.exec(wire.path) : null
    if (found === null) continue
    try {
      return answer({ ...state, wire, body, match: found.slice(1) })
    } catch (error) {
      return refuse(400, `hub server: ${String(error)}`)
    }
  }
  return refuse(404, `hub server: no route ${wire.method} ${wire.path}`)
}

function readJson(body: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(body))
}
