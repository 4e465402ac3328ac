import { UserError } from '../records/user-error.ts'

const newline = 0x0a
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const encodings = [
  { bytes: [0xff, 0xfe, 0x00, 0x00], name: 'UTF-32 (little endian)' },
  { bytes: [0x00, 0x00, 0xfe, 0xff], name: 'UTF-32 (big endian)' },
  { bytes: [0xff, 0xfe], name: 'UTF-16LE' },
  { bytes: [0xfe, 0xff], name: 'UTF-16BE' },
] as const

const guessEncoding = (bytes: Uint8Array): string | null => {
  const marked = encodings.find((encoding) => encoding.bytes.every((byte, index) => bytes[index] === byte))
  if (marked !== undefined) return `${marked.name}, by its byte order mark`
  // JSON and CSV open with ASCII characters; in UTF-16 one byte of each is zero.
  if (bytes.length > 1 && bytes[0] === 0) return 'probably UTF-16BE without a byte order mark'
  if (bytes.length > 1 && bytes[1] === 0) return 'probably UTF-16LE without a byte order mark'
  return null
}

/** Refuses UTF-16 and UTF-32 by name, and takes the byte order mark off UTF-8. `bytes` start the file. */
export const stripByteOrderMark = (bytes: Uint8Array, file: string): Uint8Array => {
  const encoding = guessEncoding(bytes)
  if (encoding !== null) {
    throw new UserError('wrong_encoding', `expected UTF-8, got ${encoding}`, {
      where: file,
      remedy: 'convert it first, for example: iconv -f UTF-16 -t UTF-8',
    })
  }
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes
}

const tryDecode = (bytes: Uint8Array): string | null => {
  try {
    return decoder.decode(bytes)
  } catch {
    return null // the one way `decode` fails is a byte that is not UTF-8
  }
}

/** Decodes whole lines; a byte that is not UTF-8 is an error that names its line. */
export const decodeLines = (bytes: Uint8Array, file: string, firstLine: number): string => {
  const text = tryDecode(bytes)
  if (text !== null) return text
  let line = firstLine
  for (let start = 0; start < bytes.length; line += 1) {
    const end = bytes.indexOf(newline, start)
    const next = end === -1 ? bytes.length : end + 1
    if (tryDecode(bytes.subarray(start, next)) === null) break
    start = next
  }
  throw new UserError('wrong_encoding', 'expected UTF-8, got a byte that is not', {
    where: `${file}:${line}`,
    remedy: 'convert the file first, for example: iconv -f WINDOWS-1252 -t UTF-8',
  })
}
