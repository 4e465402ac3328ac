import { z } from 'zod'
import { UserError } from '../records/user-error.ts'

const sqliteErrorSchema = z.object({ errcode: z.int(), errstr: z.string() })

/** Primary result codes of SQLite (sqlite.org/rescode.html) that a user can mend. */
const remedies: ReadonlyMap<number, readonly [string, string]> = new Map([
  [5, ['the answer store is locked by another process', 'Wait for the other build, or stop it; then run again.']],
  [
    8,
    [
      'the answer store is read-only',
      'Give this user write access to the file and its folder, or set `store` to another path.',
    ],
  ],
  [
    10,
    [
      'the disk failed while the answer store was in use',
      'Check the disk; answers stored before are safe. Then run again.',
    ],
  ],
  [11, ['the answer store is corrupt', 'Move the file aside; restore it from a copy or with `sqlite3 FILE .recover`.']],
  [13, ['the disk is full', 'Free some space and run again: every answer stored so far is kept.']],
  [
    14,
    [
      'the answer store cannot be opened',
      'Check that the folder exists and is writable, or set `store` to another path.',
    ],
  ],
  [26, ['the file is not an answer store', 'Set `store` to another path; the file was left as it is.']],
])

/** Turns an error of SQLite's that the user can mend into one that says how; anything else is returned as it is. */
export function explainSqliteError(error: unknown, path: string): unknown {
  const parsed = sqliteErrorSchema.safeParse(error)
  if (!parsed.success) return explainSystemError(error, path)
  const known = remedies.get(parsed.data.errcode & 0xff)
  if (!known) return error
  const [problem, remedy] = known
  return new UserError('answer_store', `${problem} (SQLite: ${parsed.data.errstr})`, {
    where: path,
    remedy,
    cause: error,
  })
}

/** Of the log that is synced beside SQLite. What was written before is kept, so that running again is all there is to do. */
function explainSystemError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || error instanceof UserError || !('syscall' in error)) return error
  return new UserError('answer_store', `expected the disk to take the log of the answer store, got: ${error.message}`, {
    where: path,
    remedy: 'Check the disk, its free space and permissions, then run again: what was answered before is kept.',
    cause: error,
  })
}
