import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import {
  AbortMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { PublishFailure } from '../publish-failure.ts'
import type { SetFile } from '../published-set.ts'
import { explainS3Failure, statusOf } from './s3-failure.ts'

export type S3Access = {
  readonly bucket: string
  readonly endpoint: string | undefined
  readonly region: string | undefined
  readonly isPathStyle: boolean
  readonly signal: AbortSignal
  readonly partBytes?: number
  readonly maxTries?: number
}

/** S3 takes parts from 5 MiB on. Smaller files are sent as one object, whose checksum the storage compares. */
const defaultPartBytes = 16 * 1024 * 1024
const partsAtOnce = 4
/** Of the object's metadata: for an object in parts the storage's own checksum is one of the parts. */
const digestName = 'sha256'

export type StoredObject = { readonly bytes: number; readonly sha256: string | null }
export type StoredText = { readonly text: string; readonly etag: string }

export type S3Storage = ReturnType<typeof openS3Storage>

/** A bucket, as far as publishing needs it. Credentials are those that the SDK finds. */
export function openS3Storage(access: S3Access) {
  const { bucket, endpoint, region, isPathStyle, signal, partBytes = defaultPartBytes, maxTries = 6 } = access
  const client = new S3Client({
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    forcePathStyle: isPathStyle,
    maxAttempts: maxTries,
    // We name SHA-256 ourselves; the SDK's trailing CRC32 is what many servers beside AWS do not read.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
  const during = async <T>(doing: string, step: () => Promise<T>): Promise<T> => {
    try {
      return await step()
    } catch (error) {
      signal.throwIfAborted()
      throw explainS3Failure(error, `s3://${bucket}`, doing)
    }
  }
  const options = { abortSignal: signal }
  return {
    /** Null when there is none. */
    find: (key: string) =>
      during(`looking for ${key}`, async (): Promise<StoredObject | null> => {
        const found = await orNull([404], () =>
          client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), options),
        )
        return found === null ? null : { bytes: found.ContentLength ?? 0, sha256: found.Metadata?.[digestName] ?? null }
      }),
    readText: (key: string) =>
      during(`reading ${key}`, async (): Promise<StoredText | null> => {
        const found = await orNull(
          [404],
          () => client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), options),
          'NoSuchBucket',
        )
        return found === null ? null : { text: (await found.Body?.transformToString()) ?? '', etag: found.ETag ?? '' }
      }),
    /** A file that is another than it was when it was verified ends the upload, and no object comes of it. */
    put: (key: string, file: SetFile) =>
      during(`uploading ${key}`, async () => {
        const params = { Bucket: bucket, Key: key, Metadata: { [digestName]: file.sha256 } }
        if (file.bytes <= partBytes) {
          const body = typeof file.content === 'string' ? await readFile(file.content) : file.content
          const checksum = Buffer.from(file.sha256, 'hex').toString('base64')
          checkDigest(createHash('sha256').update(body).digest('hex'), file)
          await client.send(new PutObjectCommand({ ...params, Body: body, ChecksumSHA256: checksum }), options)
          return
        }
        const body = Readable.from(checked(file))
        const upload = new Upload({
          client,
          params: { ...params, Body: body, ChecksumAlgorithm: 'SHA256' },
          partSize: partBytes,
          queueSize: partsAtOnce,
          // Parts of an upload that failed are given back.
          leavePartsOnError: false,
        })
        const abort = (): void => void upload.abort()
        signal.addEventListener('abort', abort)
        try {
          await upload.done()
        } finally {
          signal.removeEventListener('abort', abort)
          body.destroy()
        }
      }),
    /**
     * Writes a small object only if it is as it was read.
     * @param etag of what stood there; null: nothing did.
     * @returns `moved` when it is not, `unconditional` when the storage knows no conditions and it was written all the same.
     */
    replace: (key: string, text: string, etag: string | null) =>
      during(`writing ${key}`, async (): Promise<'written' | 'moved' | 'unconditional'> => {
        const params = { Bucket: bucket, Key: key, Body: text, ContentType: 'application/json' }
        const condition = etag === null ? { IfNoneMatch: '*' } : { IfMatch: etag }
        try {
          await client.send(new PutObjectCommand({ ...params, ...condition }), options)
          return 'written'
        } catch (error) {
          const status = statusOf(error)
          if (status === 412 || status === 409) return 'moved'
          if (status !== 501) throw error
          await client.send(new PutObjectCommand(params), options)
          return 'unconditional'
        }
      }),
    /** Gives back the parts of uploads below a prefix that a kill left behind; younger ones may be another publisher's. */
    abortLeftovers: (prefix: string, before: Date) =>
      during('looking for unfinished uploads', async () => {
        const listed = await orNull([501], () =>
          client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix }), options),
        )
        const old = (listed?.Uploads ?? []).filter(({ Initiated }) => Initiated !== undefined && Initiated < before)
        for (const { Key, UploadId } of old) {
          await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }), options)
        }
        return old.length
      }),
    close: () => client.destroy(),
  }
}

/** The bytes of a file; ends in an error where they are not those that were verified. */
async function* checked(file: SetFile): AsyncGenerator<Uint8Array> {
  const digest = createHash('sha256')
  if (typeof file.content !== 'string') yield file.content
  else {
    for await (const chunk of createReadStream(file.content)) {
      if (!(chunk instanceof Uint8Array)) throw new TypeError('expected bytes')
      digest.update(chunk)
      yield chunk
    }
    checkDigest(digest.digest('hex'), file)
  }
}

function checkDigest(found: string, { path, sha256 }: SetFile): void {
  if (found !== sha256) throw new PublishFailure(`${path} was changed while it was being published`)
}

async function orNull<T>(statuses: readonly number[], step: () => Promise<T>, but?: string): Promise<T | null> {
  try {
    return await step()
  } catch (error) {
    const isOther = error instanceof Error && error.name === but
    const status = statusOf(error)
    if (status !== null && statuses.includes(status) && !isOther) return null
    throw error
  }
}
