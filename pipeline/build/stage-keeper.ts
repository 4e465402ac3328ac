import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ShardColumn } from '../shards/shard-writer.ts'
import type { Spool, SpoolTable } from '../spool/spool.ts'
import { numberItems } from './number-items.ts'

/** A stage's row as it is kept: its record as JSON text, so that one schema serves every stage. */
const columns: readonly ShardColumn[] = [{ name: 'record', type: 'string', nullable: false }]

export type StageKeeper = {
  /** Passes rows through and keeps a copy of each. */
  readonly keep: <T>(stage: string, rows: AsyncIterable<T>) => AsyncIterable<T>
  /** Writes <folder>/<stage>.arrow for each stage that was kept. */
  readonly write: (folder: string) => Promise<void>
}

/** Keeps the rows between the stages for a look from outside (`--keep-stages`); without a spool it keeps nothing. */
export function createStageKeeper(spool: Spool | null): StageKeeper {
  const tables = new Map<string, SpoolTable<unknown>>()
  if (spool === null) return { keep: (_, rows) => rows, write: async () => undefined }
  return {
    async *keep(stage, rows) {
      // A build in rounds runs a stage more than once.
      const table = tables.get(stage) ?? spool.table<unknown>(`stage${stage}`)
      tables.set(stage, table)
      const { append } = numberItems(table)
      for await (const row of rows) {
        append(row)
        yield row
      }
    },
    async write(folder) {
      // Here and not above: apache-arrow is 22 MB, and few builds keep their stages.
      const { writeArrowFile } = await import('../shards/arrow-file.ts')
      await mkdir(folder, { recursive: true })
      for (const [stage, table] of tables) {
        const rows = table.read().map((row) => ({ record: JSON.stringify(row) }))
        await writeArrowFile(join(folder, `${stage}.arrow`), columns, rows)
      }
    },
  }
}
