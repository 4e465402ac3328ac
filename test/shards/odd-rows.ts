import type { ShardColumn, ShardRow } from '../../pipeline/shards/shard-writer.ts'

/** One column of each type, required and nullable. */
export const oddColumns: readonly ShardColumn[] = [
  { name: 'id', type: 'string', nullable: false },
  { name: 'note', type: 'string', nullable: true },
  { name: 'count', type: 'integer', nullable: true },
  { name: 'score', type: 'double', nullable: true },
  { name: 'is_kept', type: 'boolean', nullable: true },
  { name: 'tags', type: 'strings', nullable: false },
  { name: 'clauses', type: 'strings', nullable: true },
  { name: 'messages', type: 'messages', nullable: false, fields: ['role', 'content', 'thinking'] },
  { name: 'context', type: 'messages', nullable: true, fields: ['role', 'content'] },
]

const plain: ShardRow = {
  id: 'plain',
  note: 'a note',
  count: 1,
  score: 0.5,
  is_kept: true,
  tags: ['a', 'b'],
  clauses: ['K0'],
  messages: [{ role: 'user', content: 'Hi', thinking: null }],
  context: [{ role: 'system', content: 'Be kind' }],
}

/** Rows that writers and readers have got wrong, each by its id. */
export const oddRows: readonly ShardRow[] = [
  plain,
  { ...plain, id: 'nulls', note: null, count: null, score: null, is_kept: null, clauses: null, context: null },
  { ...plain, id: 'empty lists', tags: [], clauses: [], messages: [], context: [] },
  { ...plain, id: 'empty texts', note: '', tags: ['', ''], messages: [{ role: '', content: '', thinking: '' }] },
  { ...plain, id: 'null fields', messages: [{ role: null, content: null, thinking: null }] },
  { ...plain, id: 'unicode', note: 'é 漢字 العربية 👩‍👩‍👧 𝕏 \uFFFD', tags: ['\u{10FFFF}', '\uE000'] },
  { ...plain, id: 'byte-order mark', note: '\uFEFFfirst', tags: ['\uFEFF'] },
  {
    ...plain,
    id: 'control characters',
    note: '\u0000\u0001\r\n\t\u2028',
    messages: [{ role: 'user', content: 'a\u0000b', thinking: null }],
  },
  { ...plain, id: 'limits', count: Number.MAX_SAFE_INTEGER, score: Number.MAX_VALUE, is_kept: false },
  { ...plain, id: 'low limits', count: Number.MIN_SAFE_INTEGER, score: Number.MIN_VALUE },
  { ...plain, id: 'text like numbers', note: '12abc', tags: ['null', 'false', '1970-01-01'] },
  { ...plain, id: 'many', tags: Array.from({ length: 500 }, (_, index) => `tag ${index}`) },
]

/** What DuckDB must answer for `select *` over these rows as JSON: wide integers as text, its client drops a leading mark. */
export function asDuckdbJson(row: ShardRow): Record<string, unknown> {
  const { note, tags, count } = row
  return {
    ...row,
    note: withoutMark(note),
    tags: Array.isArray(tags) ? tags.map(withoutMark) : null,
    count: typeof count === 'number' ? String(count) : null,
  }
}

function withoutMark(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/^\uFEFF/, '') : value
}
