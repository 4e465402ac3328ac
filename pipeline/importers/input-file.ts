import { open, type FileHandle } from 'node:fs/promises'
import { UserError } from '../records/user-error.ts'

/** An input file: `name` as the config or its glob gave it (for locations), `path` resolved. */
export type InputFile = { readonly name: string; readonly path: string }

type Signature = { readonly bytes: readonly number[]; readonly what: string; readonly remedy: string }

const ascii = (text: string): readonly number[] => [...Buffer.from(text, 'latin1')]

const foreignSignatures: readonly Signature[] = [
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], what: 'Zstandard data', remedy: 'decompress it first: zstd -d' },
  { bytes: ascii('BZh'), what: 'bzip2 data', remedy: 'decompress it first: bunzip2' },
  { bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a], what: 'xz data', remedy: 'decompress it first: unxz' },
  { bytes: ascii('PK\u0003\u0004'), what: 'a zip archive', remedy: 'unpack it first: unzip' },
]
const gzipBytes: readonly number[] = [0x1f, 0x8b]
const parquetBytes = ascii('PAR1')
const lfsBytes = ascii('version https://git-lfs.github.com/spec/')

const startsWith = (head: Uint8Array, bytes: readonly number[]): boolean =>
  head.length >= bytes.length && bytes.every((byte, index) => head[index] === byte)

const isGzipName = (name: string): boolean => /\.gz$/i.test(name)

const openHandle = async (file: InputFile): Promise<FileHandle> => {
  try {
    return await open(file.path)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new UserError('unreadable_file', `expected a readable file, got: ${reason}`, {
      where: file.name,
      remedy: 'check the path and its permissions',
      cause,
    })
  }
}

const readHead = async (file: InputFile): Promise<Uint8Array> => {
  await using handle = await openHandle(file)
  if (!(await handle.stat()).isFile()) {
    throw new UserError('unreadable_file', 'expected a file, got a directory or a device', {
      where: file.name,
      remedy: 'name the files, for example with a pattern such as data/*.jsonl',
    })
  }
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(64), 0, 64, 0)
  return buffer.subarray(0, bytesRead)
}

/** How the bytes are packed, by their first bytes; refuses what can never be read as rows. */
export const sniffFile = async (file: InputFile): Promise<'plain' | 'gzip' | 'parquet'> => {
  const head = await readHead(file)
  const refuse = (code: string, got: string, remedy: string): never => {
    throw new UserError(code, `expected rows, got ${got}`, { where: file.name, remedy })
  }
  if (head.length === 0) refuse('empty_file', 'an empty file', 'was the download or the export cut off?')
  if (startsWith(head, lfsBytes)) {
    refuse('lfs_pointer', 'a Git-LFS pointer, which only stands for the data', 'run git lfs pull in its repository')
  }
  for (const { bytes, what, remedy } of foreignSignatures) {
    if (startsWith(head, bytes)) refuse('wrong_encoding', what, remedy)
  }
  if (startsWith(head, gzipBytes)) return 'gzip'
  if (isGzipName(file.name)) {
    throw new UserError('not_gzip', 'expected gzip data because of the name .gz, got something else', {
      where: file.name,
      remedy: 'rename the file if it is not compressed; download it again if it should be',
    })
  }
  return startsWith(head, parquetBytes) ? 'parquet' : 'plain'
}
