import { markDecisions, replaceMarkTable } from './decision-marks.ts'
import type { Decision } from '../records/decision.ts'
import { UserError } from '../records/user-error.ts'
import type { AuditBuild } from './audit-build.ts'
import { createMoverTable } from './mover-table.ts'
import { writeQueueChoice, type QueueChoice } from './queue-choice.ts'
import { isTextSearch, writeQueueSql } from './queue-sql.ts'
import type { PlacedFile } from './row-table.ts'
import type { RowsDatabase } from './rows-database.ts'
import { readNumber, readNumberOrNull, readText, readTextOrNull } from './sql-values.ts'
import { replaceHitTable } from './text-search.ts'

/*
 * A queue is computed once and then stands as a table of positions, so that the next sample is a look-up and the order
 * stays under the auditor's hands while decisions are made. The newest few queues are kept; one that is gone is computed
 * again from the address. `refresh` makes it anew, for filters on decisions.
 */

/** One place of a queue. */
export type QueueEntry = {
  readonly pos: number
  readonly rowId: number
  readonly item: string
}

/** A line of the list of a queue: short columns only. */
export type QueueLine = QueueEntry & {
  readonly candidateId: string | null
  readonly outcome: string
  readonly category: string | null
  readonly intent: string | null
  readonly mode: string | null
  readonly reward: number | null
  readonly safety: number | null
  readonly helpfulness: number | null
  readonly reasoningQuality: number | null
  readonly voteSpread: number | null
}

export type Queue = {
  readonly choice: QueueChoice
  readonly total: number
  readonly at: (pos: number) => Promise<QueueEntry | null>
  /** The first place with this item; null when it is not in the queue. */
  readonly find: (item: string) => Promise<QueueEntry | null>
  readonly list: (start: number, count: number) => Promise<readonly QueueLine[]>
}

export type Queues = {
  readonly open: (choice: QueueChoice) => Promise<Queue>
  readonly refresh: (choice: QueueChoice) => Promise<Queue>
}

const mostQueues = 8
/** Tables that no new request will read; one that has just begun still may. */
const mostRetired = 3

export type QueueSources = {
  readonly database: RowsDatabase
  readonly files: readonly PlacedFile[]
  readonly previous: AuditBuild | null
  readonly listDecisions: () => Promise<readonly Decision[]>
  readonly auditor: string
}

export function createQueues(sources: QueueSources): Queues {
  const { database } = sources
  const kept = new Map<string, { readonly table: string; readonly queue: Promise<Queue> }>()
  const retired: string[] = []
  let made = 0
  // One at a time: they share the tables that they read.
  let last: Promise<unknown> = Promise.resolve()
  let movers: Promise<void> | null = null

  const fill = async (choice: QueueChoice, table: string): Promise<Queue> => {
    if (choice.order === 'movers') await (movers ??= createMoverTable(database, needPrevious(sources.previous)))
    if (choice.decision !== undefined) {
      await replaceMarkTable(database, markDecisions(await sources.listDecisions(), sources.auditor))
    }
    if (isTextSearch(choice)) await replaceHitTable(database, sources.files, choice.text ?? '')
    const { sql, values } = writeQueueSql(choice)
    await database.run(`CREATE TABLE ${table} AS ${sql}`, values)
    const [count] = await database.query(`SELECT count(*)::INTEGER AS total FROM ${table}`)
    return readQueue(database, table, choice, readNumber(count, 'total'))
  }

  const make = (key: string, choice: QueueChoice): Promise<Queue> => {
    made += 1
    const table = `queue_${made}`
    const queue = last.then(() => fill(choice, table))
    last = queue.catch(() => undefined)
    kept.set(key, { table, queue })
    return queue
  }

  const drop = (key: string): void => {
    const old = kept.get(key)
    kept.delete(key)
    if (old === undefined) return
    retired.push(old.table)
    const table = retired.length > mostRetired ? retired.shift() : undefined
    // A table that stays costs memory and nothing else.
    if (table !== undefined) last = last.then(() => database.run(`DROP TABLE ${table}`)).catch(() => undefined)
  }

  const open = async (choice: QueueChoice): Promise<Queue> => {
    const key = writeQueueChoice(choice)
    const known = kept.get(key)
    if (known !== undefined) {
      kept.delete(key)
      kept.set(key, known)
      return await known.queue
    }
    const queue = make(key, choice)
    const [oldest] = kept.keys()
    if (kept.size > mostQueues && oldest !== undefined) drop(oldest)
    try {
      return await queue
    } catch (error) {
      drop(key)
      throw error
    }
  }

  return {
    open,
    refresh: async (choice) => {
      drop(writeQueueChoice(choice))
      return await open(choice)
    },
  }
}

function needPrevious(previous: AuditBuild | null): AuditBuild {
  if (previous !== null) return previous
  throw new UserError('audit_queue', 'expected an earlier build of this name to measure moves against, got none', {
    remedy: 'Start the audit with --against and the folder of another build.',
  })
}

function readQueue(database: RowsDatabase, table: string, choice: QueueChoice, total: number): Queue {
  const from = `FROM ${table} JOIN rows USING (row_id)`
  const findOne = async (condition: string, values: Readonly<Record<string, string | number>>) => {
    const [row] = await database.query(
      `SELECT pos, row_id, item ${from} WHERE ${condition} ORDER BY pos LIMIT 1`,
      values,
    )
    if (row === undefined) return null
    return { pos: readNumber(row, 'pos'), rowId: readNumber(row, 'row_id'), item: readText(row, 'item') }
  }
  return {
    choice,
    total,
    at: (pos) => findOne('pos = $pos', { pos }),
    find: (item) => findOne('item = $item', { item }),
    list: async (start, count) => {
      const rows = await database.query(
        `SELECT pos, row_id, item, candidate_id, outcome, category, intent, mode, reward, safety, helpfulness,
          reasoning_quality, vote_spread
        ${from} WHERE pos >= $start AND pos < $start + $count ORDER BY pos`,
        { start, count },
      )
      return rows.map((row) => ({
        pos: readNumber(row, 'pos'),
        rowId: readNumber(row, 'row_id'),
        item: readText(row, 'item'),
        candidateId: readTextOrNull(row, 'candidate_id'),
        outcome: readText(row, 'outcome'),
        category: readTextOrNull(row, 'category'),
        intent: readTextOrNull(row, 'intent'),
        mode: readTextOrNull(row, 'mode'),
        reward: readNumberOrNull(row, 'reward'),
        safety: readNumberOrNull(row, 'safety'),
        helpfulness: readNumberOrNull(row, 'helpfulness'),
        reasoningQuality: readNumberOrNull(row, 'reasoning_quality'),
        voteSpread: readNumberOrNull(row, 'vote_spread'),
      }))
    },
  }
}
