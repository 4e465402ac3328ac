import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { WireRequest } from './wire-faults.ts'

export type S3Object = {
  readonly bytes: Uint8Array
  readonly etag: string
  readonly metadata: Readonly<Record<string, string>>
}
export type S3Upload = {
  readonly key: string
  initiated: Date
  readonly metadata: Readonly<Record<string, string>>
  readonly parts: Map<number, Uint8Array>
}
export type S3State = {
  readonly bucket: string
  /** Whether it knows If-Match and If-None-Match. */
  readonly knowsConditions: boolean
  readonly objects: Map<string, S3Object>
  readonly uploads: Map<string, S3Upload>
}
export type S3Reply = {
  readonly status: number
  /** Of an error. */
  readonly code?: string
  readonly body?: string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
}

const smallestPart = 5 * 1024 * 1024
const known: ReadonlySet<string> = new Set(['x-id', 'uploads', 'uploadId', 'partNumber', 'prefix'])

export function answerS3(
  state: S3State,
  { method, path, query }: WireRequest,
  headers: IncomingHttpHeaders,
  body: Uint8Array,
): S3Reply {
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/.exec(path) ?? []
  if (bucket !== state.bucket) return { status: 404, code: 'NoSuchBucket' }
  if ([...query.keys()].some((name) => !known.has(name))) return { status: 400, code: 'InvalidArgument' }
  const uploadId = query.get('uploadId')
  if (uploadId !== null) return answerUpload(state, method, uploadId, Number(query.get('partNumber')), headers, body)
  if (query.has('uploads'))
    return method === 'POST' ? startUpload(state, key, headers) : listUploads(state, query.get('prefix') ?? '')
  if (method === 'PUT') return putObject(state, key, headers, body)
  const object = state.objects.get(key)
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, code: 'MethodNotAllowed' }
  if (object === undefined) return { status: 404, code: 'NoSuchKey' }
  const metadata = Object.fromEntries(
    Object.entries(object.metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]),
  )
  return {
    status: 200,
    body: object.bytes,
    headers: { etag: object.etag, 'content-length': String(object.bytes.length), ...metadata },
  }
}

function putObject(state: S3State, key: string, headers: IncomingHttpHeaders, body: Uint8Array): S3Reply {
  const [ifMatch, ifNone] = [headers['if-match'], headers['if-none-match']]
  if (!state.knowsConditions && (ifMatch !== undefined || ifNone !== undefined))
    return { status: 501, code: 'NotImplemented' }
  const there = state.objects.get(key)
  if (ifNone === '*' && there !== undefined) return { status: 412, code: 'PreconditionFailed' }
  if (ifMatch !== undefined && there?.etag !== ifMatch) return { status: 412, code: 'PreconditionFailed' }
  if (!hasChecksum(headers, body)) return { status: 400, code: 'BadDigest' }
  const etag = `"${createHash('md5').update(body).digest('hex')}"`
  state.objects.set(key, { bytes: body, etag, metadata: readMetadata(headers) })
  return { status: 200, headers: { etag } }
}

function hasChecksum(headers: IncomingHttpHeaders, body: Uint8Array): boolean {
  const checksum = headers['x-amz-checksum-sha256']
  return checksum === undefined || checksum === createHash('sha256').update(body).digest('base64')
}

function readMetadata(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  const own = Object.entries(headers).filter(([name]) => name.startsWith('x-amz-meta-'))
  return Object.fromEntries(own.map(([name, value]) => [name.slice('x-amz-meta-'.length), String(value)]))
}

function startUpload({ uploads, bucket }: S3State, key: string, headers: IncomingHttpHeaders): S3Reply {
  const id = `upload-${uploads.size + 1}-${createHash('md5').update(key).digest('hex')}`
  uploads.set(id, { key, initiated: new Date(), metadata: readMetadata(headers), parts: new Map() })
  return {
    status: 200,
    body: `<InitiateMultipartUploadResult><Bucket>${bucket}</Bucket><Key>${key}</Key><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
  }
}

function listUploads({ uploads }: S3State, prefix: string): S3Reply {
  const listed = [...uploads].filter(([, { key }]) => key.startsWith(prefix))
  const items = listed.map(
    ([id, { key, initiated }]) =>
      `<Upload><Key>${key}</Key><UploadId>${id}</UploadId><Initiated>${initiated.toISOString()}</Initiated></Upload>`,
  )
  return {
    status: 200,
    body: `<ListMultipartUploadsResult>${items.join('')}<IsTruncated>false</IsTruncated></ListMultipartUploadsResult>`,
  }
}

function answerUpload(
  state: S3State,
  method: string,
  id: string,
  part: number,
  headers: IncomingHttpHeaders,
  body: Uint8Array,
): S3Reply {
  const upload = state.uploads.get(id)
  if (upload === undefined) return { status: 404, code: 'NoSuchUpload' }
  if (method === 'DELETE') {
    state.uploads.delete(id)
    return { status: 204 }
  }
  if (method === 'PUT') {
    if (headers['x-amz-checksum-sha256'] === undefined || !hasChecksum(headers, body))
      return { status: 400, code: 'BadDigest' }
    upload.parts.set(part, body)
    return { status: 200, headers: { etag: `"${createHash('md5').update(body).digest('hex')}"` } }
  }
  const named = [...new TextDecoder().decode(body).matchAll(/<PartNumber>(\d+)<\/PartNumber>/g)].map(([, n]) =>
    Number(n),
  )
  const parts = named.map((n) => upload.parts.get(n))
  if (parts.length === 0 || parts.some((one) => one === undefined)) return { status: 400, code: 'InvalidPart' }
  if (parts.slice(0, -1).some((one) => (one?.length ?? 0) < smallestPart))
    return { status: 400, code: 'EntityTooSmall' }
  const bytes = new Uint8Array(Buffer.concat(parts.map((one) => one ?? new Uint8Array())))
  const etag = `"${createHash('md5').update(bytes).digest('hex')}-${parts.length}"`
  state.objects.set(upload.key, { bytes, etag, metadata: upload.metadata })
  state.uploads.delete(id)
  return {
    status: 200,
    body: `<CompleteMultipartUploadResult><ETag>${etag.replaceAll('"', '&quot;')}</ETag></CompleteMultipartUploadResult>`,
  }
}
