import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { UserError } from '../records/user-error.ts'
import type { WrittenShard } from './shard-writer.ts'
import { writeThenRename } from './write-then-rename.ts'

/** Lines are gathered to this size, so that a file of short lines is not one write a line. */
const chunkBytes = 1024 ** 2

/**
 * Writes a `.jsonl` shard from lines without breaks: temporary name, sync, read back and compared, renamed.
 * @throws UserError `shard_empty`, `shard_row`, `shard_read_back`, `file_write`; what `lines` throws passes unchanged.
 */
export async function writeJsonLines(
  path: string,
  lines: Iterable<string> | AsyncIterable<string>,
): Promise<WrittenShard> {
  let rows = 0
  const written = await writeThenRename(
    path,
    async (append) => {
      let chunk: string[] = []
      let length = 0
      const flush = async (): Promise<void> => {
        await append(Buffer.from(chunk.join('')))
        chunk = []
        length = 0
      }
      for await (const line of lines) {
        rows += 1
        if (!line.isWellFormed() || /[\r\n]/.test(line)) throw badLine(path, rows)
        chunk.push(line, '\n')
        length += line.length
        if (length >= chunkBytes) await flush()
      }
      if (rows === 0) throw emptyFile(path)
      await flush()
    },
    async (temporaryPath, { sha256 }) => {
      const hash = createHash('sha256')
      for await (const part of createReadStream(temporaryPath)) hash.update(part)
      if (hash.digest('hex') !== sha256) throw changedFile(path)
    },
  )
  return { rows, ...written }
}

function badLine(path: string, row: number): UserError {
  return new UserError('shard_row', 'expected well-formed text on one line, got a lone surrogate or a line break', {
    where: `${path}, row ${row}`,
    remedy: 'Drop or mend this row before the shards are written; nothing was written.',
  })
}

function emptyFile(path: string): UserError {
  return new UserError('shard_empty', 'expected at least one row, got none', {
    where: path,
    remedy: 'Do not ask for a shard without rows.',
  })
}

function changedFile(path: string): UserError {
  return new UserError('shard_read_back', 'read-back: expected the bytes that were written, got others', {
    where: path,
    remedy: 'The file was deleted. Check the disk, then run again.',
  })
}
