import { labelColumns, type QueueChoice } from './queue-choice.ts'
import type { SqlValues } from './rows-database.ts'

export type QueueSql = { readonly sql: string; readonly values: SqlValues }

const idPattern = /^[pc]_[0-9a-f]{20}$/
const digestPattern = /^[0-9a-f]{64}$/

/** Whether the text is to be looked for in the texts, which are in the files; an id is in the table. */
export function isTextSearch({ text }: QueueChoice): boolean {
  return text !== undefined && !idPattern.test(text) && !digestPattern.test(text)
}

/**
 * Selects `pos` and `row_id` of a queue: each prompt once, by its first matching row; a stratified sample has it once a
 * stratum. Ties go by `row_id`, so the order depends on the build and the choice alone. Besides `rows` it reads `marks`
 * (see decision-marks.ts), `movers` (see mover-table.ts) and `hits` (rows found by text), where the choice needs them.
 */
export function writeQueueSql(choice: QueueChoice): QueueSql {
  const { order, strata, seed, n } = choice
  const { conditions, values } = writeConditions(choice)
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`
  const from = order === 'movers' ? 'rows JOIN movers USING (item)' : 'rows'
  const matched = `SELECT rows.*, ${keySql(order)} AS key1, ${tieSql(order)} AS key2 FROM ${from} ${where}`
  const cell = order === 'random' ? strata : []
  const focus = ['item', ...cell].join(', ')
  const cut =
    order === 'random'
      ? `QUALIFY row_number() OVER (${cell.length === 0 ? '' : `PARTITION BY ${cell.join(', ')}`} ORDER BY key1, row_id) <= $n`
      : ''
  return {
    sql: `
      WITH matched AS (${matched}),
      focused AS (
        SELECT * FROM matched QUALIFY row_number() OVER (PARTITION BY ${focus} ORDER BY key1, key2, row_id) = 1),
      drawn AS (SELECT * FROM focused ${cut})
      SELECT (row_number() OVER (ORDER BY key1, key2, row_id) - 1)::INTEGER AS pos, row_id FROM drawn`,
    values: order === 'random' ? { ...values, seed: String(seed), n } : values,
  }
}

/** What stands first has the least. Random: a digest of the candidate and the seed, the same in every build that has it. */
function keySql(order: QueueChoice['order']): string {
  switch (order) {
    case 'build':
      return 'row_id'
    case 'random':
      return `md5(coalesce(candidate_id, item) || ' ' || $seed)`
    case 'uncertain':
      return '-uncertainty'
    case 'near':
      return 'coalesce(distance, 2)'
    case 'movers':
      return '-abs(movers.difference)'
  }
}

function tieSql(order: QueueChoice['order']): string {
  if (order === 'uncertain') return 'coalesce(distance, 2)'
  return order === 'movers' ? '-movers.steps' : '0'
}

function writeConditions(choice: QueueChoice): {
  readonly conditions: readonly string[]
  readonly values: Readonly<Record<string, string | number>>
} {
  const conditions: string[] = []
  const values: Record<string, string | number> = {}
  for (const column of labelColumns) {
    const value = choice[column]
    if (value === undefined) continue
    conditions.push(`${column} = $${column}`)
    values[column] = value
  }
  if (choice.grader !== undefined) {
    conditions.push('list_contains(failed_graders, $grader)')
    values['grader'] = choice.grader
  }
  for (const [name, sign] of [
    ['min', '>='],
    ['max', '<='],
  ] as const) {
    const value = choice[name]
    if (value === undefined) continue
    conditions.push(`${choice.score ?? 'reward'} ${sign} $${name}`)
    values[name] = value
  }
  if (choice.disagree === 'votes') conditions.push('vote_spread > 0')
  if (choice.disagree === 'graders') conditions.push('is_contested')
  if (choice.disagree === 'either') conditions.push('(vote_spread > 0 OR is_contested)')
  if (choice.decision !== undefined) conditions.push(decisionSql[choice.decision])
  if (choice.text !== undefined) {
    if (isTextSearch(choice)) {
      conditions.push('row_id IN (SELECT row_id FROM hits)')
    } else {
      conditions.push('(item = $text OR candidate_id = $text OR content_digest = $text)')
      values['text'] = choice.text
    }
  }
  return { conditions, values }
}

const decidedSql = 'content_digest IN (SELECT content_digest FROM marks WHERE is_standing)'
const itemsOf = (condition: string): string =>
  `(SELECT item FROM rows JOIN marks USING (content_digest) WHERE ${condition})`

const decisionSql = {
  decided: decidedSql,
  open: `content_digest IS NOT NULL AND item NOT IN ${itemsOf('is_standing')}`,
  unread: `content_digest IS NOT NULL AND item NOT IN ${itemsOf('is_mine')}`,
  conflict: 'content_digest IN (SELECT content_digest FROM marks WHERE is_conflict)',
  flagged: 'content_digest IN (SELECT content_digest FROM marks WHERE is_flagged)',
  stale: `item IN (
    SELECT prompt_id FROM marks WHERE (prompt_id, content_digest) NOT IN (
      SELECT (item, content_digest) FROM rows WHERE content_digest IS NOT NULL))`,
} as const
