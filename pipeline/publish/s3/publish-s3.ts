import { hash } from 'node:crypto'
import pMap from 'p-map'
import { PublishFailure } from '../publish-failure.ts'
import type { MovedFile, PublishOptions, PublishOutcome, PublishPlan } from '../publish-outcome.ts'
import type { PublishedSet, SetFile } from '../published-set.ts'
import { showTarget, type S3Target } from '../publish-target.ts'
import { checkStanding, readPointer, type Pointer } from './standing-build.ts'
import { openS3Storage, type S3Access, type S3Storage } from './s3-storage.ts'

/*
 * <prefix>/
 *   <build id>/...            objects that are never written over
 *   <build id>/manifest.json  last of its build: without it the build is not whole
 *   latest.json               names the build to read; the one object that is replaced, in one step
 * A kill before the last step leaves `latest.json` as it was, and a rerun uploads what is missing.
 */

export type S3Options = PublishOptions & Omit<S3Access, 'bucket' | 'signal'>

const objectsAtOnce = 4
/** Longer than any upload takes, so that what is older was left by a kill. */
const leftoverAgeMs = 24 * 60 * 60 * 1000

export async function publishToS3(set: PublishedSet, target: S3Target, options: S3Options): Promise<PublishOutcome> {
  const giveUp = new AbortController()
  const signal = AbortSignal.any([options.signal, giveUp.signal])
  const storage = openS3Storage({ ...options, bucket: target.bucket, signal })
  try {
    return await publish(storage, set, target, { ...options, giveUp })
  } finally {
    storage.close()
  }
}

async function publish(
  storage: S3Storage,
  set: PublishedSet,
  target: S3Target,
  { isDryRun, note, giveUp }: S3Options & { readonly giveUp: AbortController },
): Promise<PublishOutcome> {
  const root = target.prefix === '' ? '' : `${target.prefix}/`
  const folder = `${root}${set.buildId}/`
  const pointerKey = `${root}latest.json`
  // Read first: a publisher that moves the pointer while we upload is noticed when we want to.
  const before = await storage.readText(pointerKey)
  const standing = await storage.readText(`${folder}manifest.json`)
  if (standing !== null) checkStanding(standing.text, set, `${showTarget(target)}/${set.buildId}`)
  const { upload, skip } =
    standing === null ? await compare(storage, set, folder) : { upload: [], skip: [...set.files, set.manifestFile] }
  const manifestSha256 = standing === null ? set.manifestFile.sha256 : hash('sha256', standing.text)
  const pointer: Pointer = { buildId: set.buildId, manifest: `${set.buildId}/manifest.json`, manifestSha256 }
  const current = readPointer(before?.text ?? null, pointerKey)
  const isCurrent = current?.buildId === pointer.buildId && current.manifestSha256 === manifestSha256
  const isWhole = standing !== null
  const plan = toPlan(
    upload,
    skip,
    isCurrent ? [] : [`latest.json moves from ${current?.buildId ?? 'nothing'} to ${set.buildId}`],
  )
  if (isWhole && isCurrent) return { status: 'unchanged', plan, revision: folder }
  if (isDryRun) return { status: 'planned', plan, revision: null }
  if (!isWhole) {
    await storage.abortLeftovers(folder, new Date(Date.now() - leftoverAgeMs))
    const objects = upload.filter((file) => file !== set.manifestFile)
    await putAll(storage, folder, objects, giveUp)
    await storage.put(`${folder}manifest.json`, set.manifestFile)
  }
  if (!isCurrent) {
    const moved = await storage.replace(pointerKey, `${JSON.stringify(pointer, null, 2)}\n`, before?.etag ?? null)
    if (moved === 'moved') {
      throw new PublishFailure(
        `another publisher moved latest.json meanwhile; ${set.buildId} is there, and latest.json was left as it is`,
      )
    }
    if (moved === 'unconditional') {
      note(
        'The storage knows no conditional writes, so latest.json was written without one: let one publisher run at a time.',
      )
    }
  }
  return { status: 'published', plan, revision: folder }
}

/** One that fails ends the others, and they are waited for: parts of an upload that is broken off are given back. */
async function putAll(
  storage: S3Storage,
  folder: string,
  files: readonly SetFile[],
  giveUp: AbortController,
): Promise<void> {
  const put = async (file: SetFile): Promise<void> => {
    await storage.put(`${folder}${file.path}`, file).catch((error: unknown) => {
      giveUp.abort(error)
      throw error
    })
  }
  await pMap(files, put, { concurrency: objectsAtOnce, stopOnError: false }).catch((error: unknown) => {
    throw giveUp.signal.aborted ? giveUp.signal.reason : error
  })
}

async function compare(
  storage: S3Storage,
  { files, manifestFile }: PublishedSet,
  folder: string,
): Promise<{ readonly upload: readonly SetFile[]; readonly skip: readonly SetFile[] }> {
  const found = await pMap(
    files,
    async (file) => {
      const there = await storage.find(`${folder}${file.path}`)
      return there !== null && there.bytes === file.bytes && there.sha256 === file.sha256
    },
    { concurrency: objectsAtOnce },
  )
  return {
    upload: [...files.filter((_, n) => found[n] === false), manifestFile],
    skip: files.filter((_, n) => found[n] === true),
  }
}

function toPlan(upload: readonly SetFile[], skip: readonly SetFile[], notes: readonly string[]): PublishPlan {
  return { upload: upload.map(toMoved), skip: skip.map(toMoved), delete: [], notes }
}

function toMoved({ path, bytes }: SetFile): MovedFile {
  return { path, bytes }
}
