import { z } from 'zod'
import type { SourceRow } from '../../importers/read-rows.ts'
import type { Prompt } from '../../records/prompt.ts'
import type { Rejection } from '../../records/rejection.ts'
import { raiseBadRow, rejectBadRow } from './bad-row.ts'
import { expandRow, type Draft, type Entry } from './expand-row.ts'
import { computePromptId } from './prompt-id.ts'

export const collectOptionsSchema = z.strictObject({
  /** Over all turns. About 50,000 tokens of English, so that prompt, spec and answer fit a 128k context [ours]. */
  maxCharacters: z.int().positive().default(200_000),
})
export type CollectOptions = Readonly<z.infer<typeof collectOptionsSchema>>

export type CollectContext = {
  readonly options: CollectOptions
  readonly reject: (rejection: Rejection) => void | Promise<void>
}

/** Without a named family, the variants of one row are a family under the id of the first. */
const nameFamily = (draft: Draft, sourceName: string, firstId: string): string =>
  draft.family === null ? firstId : `${sourceName}/${draft.family}`

const listEntries = ({ source, row }: SourceRow, options: CollectOptions): readonly Entry[] =>
  'problem' in row
    ? [{ outcome: 'bad', flaw: { problem: row.problem, remedy: 'mend or drop the row' }, messages: [] }]
    : expandRow(row.value, source, options.maxCharacters)

async function* run(
  rows: AsyncIterable<SourceRow> | Iterable<SourceRow>,
  context: CollectContext,
): AsyncGenerator<Prompt> {
  for await (const sourceRow of rows) {
    const { source, row } = sourceRow
    let firstId: string | null = null
    for (const entry of listEntries(sourceRow, context.options)) {
      if (entry.outcome === 'bad') {
        if (source.onBadRow === 'stop') throw raiseBadRow(sourceRow, entry.flaw)
        await context.reject(rejectBadRow(sourceRow, entry.flaw, entry.messages))
        continue
      }
      const id = computePromptId(entry.draft.messages)
      firstId ??= id
      const family = nameFamily(entry.draft, source.name, firstId)
      yield { ...entry.draft, id, family, source: source.name, location: row.location }
    }
  }
}

/**
 * Rows to prompts. Each entry of a row (one, or as many as the source's `expand` lists) becomes a prompt or a
 * rejection, and a row that does not parse becomes one rejection; under `onBadRow: stop` the first bad one is a
 * UserError instead.
 */
export const collect = { name: 'collect', version: 1, run } as const
