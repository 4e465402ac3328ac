import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { UserError } from '../records/user-error.ts'
import { sniffFile, type InputFile } from './input-file.ts'
import { decodeLines, stripByteOrderMark } from './text-encoding.ts'

/** Whole lines with their line ends as they were; only the file's last line may lack one. */
export type TextBlock = { readonly text: string; readonly firstLine: number }

const newline = 0x0a
/** Far above any prompt (a book is 1 MB), far below what fills the memory. */
const maxLineBytes = 64 * 1024 * 1024

const explainGzip = (error: unknown, file: InputFile): unknown => {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code !== 'Z_BUF_ERROR' && code !== 'Z_DATA_ERROR') return error
  const got = code === 'Z_BUF_ERROR' ? 'a gzip file that ends too early' : 'a gzip file with damaged data'
  return new UserError('damaged_gzip', `expected a whole gzip file, got ${got}`, {
    where: file.name,
    remedy: 'download or export it again; gzip -t checks it',
    cause: error,
  })
}

async function* readBytes(file: InputFile, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  const packing = await sniffFile(file)
  if (packing === 'parquet') {
    throw new UserError('unknown_format', 'expected text, got a Parquet file', {
      where: file.name,
      remedy: 'set format: parquet',
    })
  }
  const plain = createReadStream(file.path, signal === undefined ? {} : { signal })
  // The iterator below reports whatever fails; the callback only keeps the pair of streams tied together.
  const bytes = packing === 'gzip' ? pipeline(plain, createGunzip(), () => {}) : plain
  const chunks: AsyncIterable<Uint8Array> = bytes
  try {
    for await (const chunk of chunks) yield chunk
  } catch (error) {
    throw explainGzip(error, file)
  }
}

/** Cuts a byte stream after the last newline of each chunk: no character and no line is ever split. */
async function* readWholeLines(file: InputFile, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  let pending: Uint8Array[] = []
  let pendingBytes = 0
  for await (const chunk of readBytes(file, signal)) {
    const end = chunk.lastIndexOf(newline) + 1
    if (end > 0) {
      yield Buffer.concat([...pending, chunk.subarray(0, end)])
      pending = []
      pendingBytes = 0
    }
    pending.push(chunk.subarray(end))
    pendingBytes += chunk.length - end
    if (pendingBytes > maxLineBytes) {
      throw new UserError('line_too_long', `expected lines of at most ${maxLineBytes} bytes, got a longer one`, {
        where: file.name,
        remedy: 'is it a JSON array on one line? then set format: json',
      })
    }
  }
  if (pendingBytes > 0) yield Buffer.concat(pending)
}

/** Streams a plain or gzipped UTF-8 file, without its byte order mark, in blocks of whole lines. */
export async function* readText(file: InputFile, signal?: AbortSignal): AsyncGenerator<TextBlock> {
  let firstLine = 1
  let isStart = true
  for await (const bytes of readWholeLines(file, signal)) {
    const text = decodeLines(isStart ? stripByteOrderMark(bytes, file.name) : bytes, file.name, firstLine)
    isStart = false
    yield { text, firstLine }
    firstLine += countNewlines(text)
  }
}

export const countNewlines = (text: string, from = 0, to = text.length): number => {
  let count = 0
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) count += 1
  return count
}
