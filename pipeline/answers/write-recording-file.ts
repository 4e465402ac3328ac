import { createWriteStream } from 'node:fs'
import { rename } from 'node:fs/promises'
import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { Retry } from '../records/retry.ts'
import type { StoredAnswer } from './answer-store.ts'
import { isGzipName, writeRecording } from './recording.ts'

/** Writes a recording whole or not at all, compressed if the name ends in `.gz`. Returns how many answers it has. */
export async function writeRecordingFile(
  entries: AsyncIterable<StoredAnswer>,
  retries: readonly Retry[],
  file: string,
): Promise<number> {
  let answers = 0
  const counted = async function* (): AsyncGenerator<StoredAnswer> {
    for await (const entry of entries) {
      answers += 1
      yield entry
    }
  }
  const lines = async function* (): AsyncGenerator<string> {
    for await (const line of writeRecording(counted(), retries)) yield `${line}\n`
  }
  const packing = isGzipName(file) ? createGzip() : new PassThrough()
  await pipeline(Readable.from(lines()), packing, createWriteStream(`${file}.partial`))
  await rename(`${file}.partial`, file)
  return answers
}
