import type { AuditRow } from './audit-row.ts'
import type { RowReader } from './read-rows.ts'
import type { RowsDatabase } from './rows-database.ts'
import { readNumber } from './sql-values.ts'

/** What stands on one screen: a prompt with all that became of it. */
export type AuditItem = {
  /** The prompt's id; `row-<row_id>` for a row that became no prompt. */
  readonly key: string
  readonly messages: AuditRow['messages']
  readonly category: string | null
  readonly intent: string | null
  /** The accepted one first, then the best reward. */
  readonly candidates: readonly AuditRow[]
  /** Why the prompt itself, or an equal copy of it, was stopped. */
  readonly stops: readonly AuditRow[]
  /** Rows of the prompt that are not shown. */
  readonly unshown: number
}

/** More than any build makes; the rest of a forged build is counted only. */
const mostRows = 80

export type ItemReader = {
  /** Null when the build has no such prompt. */
  readonly read: (key: string) => Promise<AuditItem | null>
  /** Reads it now, so that it is there when it is asked for. */
  readonly readAhead: (key: string) => void
}

/** How many items wait in memory: the one on screen, its neighbours, and the one just left. */
const mostKept = 4

export function createItemReader(database: RowsDatabase, rows: RowReader): ItemReader {
  const kept = new Map<string, Promise<AuditItem | null>>()

  const readItem = async (key: string): Promise<AuditItem | null> => {
    const found = await database.query('SELECT row_id FROM rows WHERE item = $key ORDER BY row_id', { key })
    if (found.length === 0) return null
    const rowIds = found.slice(0, mostRows).map((row) => readNumber(row, 'row_id'))
    return { ...toItem(key, await rows.read(rowIds)), unshown: found.length - rowIds.length }
  }

  const read = async (key: string): Promise<AuditItem | null> => {
    const known = kept.get(key)
    kept.delete(key)
    const item = known ?? readItem(key)
    kept.set(key, item)
    const [oldest] = kept.keys()
    if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest)
    try {
      return await item
    } catch (error) {
      kept.delete(key)
      throw error
    }
  }
  return {
    read,
    // Whoever asks for it will be told of the error.
    readAhead: (key) => void read(key).catch(() => undefined),
  }
}

function toItem(key: string, rows: readonly AuditRow[]): Omit<AuditItem, 'unshown'> {
  const candidates = rows.filter(({ candidateId }) => candidateId !== null).toSorted(compareCandidates)
  const stops = rows.filter(({ candidateId }) => candidateId === null)
  const [first] = [...candidates, ...stops]
  return {
    key,
    messages: first?.messages ?? [],
    category: first?.category ?? null,
    intent: first?.intent ?? null,
    candidates,
    stops,
  }
}

function compareCandidates(a: AuditRow, b: AuditRow): number {
  if (a.status !== b.status) return a.status === 'accepted' ? -1 : 1
  return (b.reward ?? -1) - (a.reward ?? -1) || a.rowId - b.rowId
}
