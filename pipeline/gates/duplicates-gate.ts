import { realpath } from 'node:fs/promises'
import { relative } from 'node:path'
import { z } from 'zod'
import { numberItems } from '../build/number-items.ts'
import { readBuildRows } from '../build/read-build-rows.ts'
import { messageSchema } from '../records/message.ts'
import { createExactIndex } from '../stages/screen/exact-index.ts'
import { computeNearKey, createNearIndex } from '../stages/screen/near-index.ts'
import { joinTurns, normaliseConversation } from '../stages/screen/normalise-text.ts'
import { createSketchPool } from '../stages/screen/sketch-pool.ts'
import { findPublishedBuilds } from './earlier-build.ts'
import type { Gate, GateContext } from './gate.ts'
import { parseRow } from './read-gate-subject.ts'

const earlierSchema = z.object({ id: z.string(), prompt: z.array(messageSchema).min(1) })
const earlierColumns = Object.keys(earlierSchema.shape)

/**
 * Indexes this build's prompts and streams the rows of all earlier builds past them, so that memory grows with this build
 * alone: some 27 bytes a row for exact copies and 450 with near ones (measured at 200,000 rows, docs/gates.md).
 */
export const duplicatesGate: Gate = {
  name: 'duplicates',
  async judge(context, sink) {
    const { gates, folder, home, subject } = context
    const limit = gates.duplicates
    if (limit === null) return null
    const found = await findPublishedBuilds(limit.against, folder, home)
    // The same rows from the same inputs: it is not earlier, it is this one.
    const builds = found.filter(({ files }) => files.buildId !== subject.buildId)
    const index = await indexRows(context, limit.nearThreshold)
    // A published build tells of folders as its config does, not of where they are on this machine.
    const base = await realpath(folder)
    let earlierRows = 0
    for (const build of builds) {
      const place = relative(base, build.folder)
      for await (const { row } of readBuildRows(build, { accepted: earlierColumns }, ['accepted'])) {
        earlierRows += 1
        const { id, prompt } = parseRow(earlierSchema, row, build.folder)
        for (const { name, similarity } of index.takeMatches(normaliseConversation(prompt))) {
          const how = similarity === null ? 'repeats' : 'nearly repeats'
          const evidence = [`row: ${id}`, `build: ${place}`]
          if (similarity !== null) evidence.push(`similarity: ${similarity.toFixed(3)}`)
          sink.add({ ...name, what: `${how} ${id} of ${place}`, evidence })
        }
      }
    }
    return {
      limit: { duplicates: 0, against: limit.against, nearThreshold: limit.nearThreshold },
      measured: { duplicates: sink.count(), rows: index.rows, builds: builds.length, earlierRows },
      summary: `${sink.count()} of ${index.rows} rows repeat one of ${earlierRows} in ${builds.length} builds`,
      failures: sink.describe('row repeats an earlier one', 'rows repeat earlier ones'),
      ...(builds.length === 0 ? { note: 'nothing to compare with: no other published build is there' } : {}),
    }
  },
}

type RowName = { readonly row: string; readonly promptId: string }
/** A null similarity: equal text up to case, punctuation and spacing. */
type Match = { readonly name: RowName; readonly similarity: number | null }

async function indexRows({ subject, spool }: GateContext, threshold: number | null) {
  const names = numberItems(spool.table<RowName>('rownames'))
  const exact = createExactIndex()
  const near =
    threshold === null
      ? null
      : createNearIndex(threshold, createSketchPool(numberItems(spool.table<string>('rowsketches'))))
  let rows = 0
  for await (const { id, promptId, prompt } of subject.rows()) {
    const turns = normaliseConversation(prompt)
    exact.add(turns)
    near?.add(computeNearKey(joinTurns(turns)))
    names.append({ row: id, promptId })
    rows += 1
  }
  // Each row is named once, with the first earlier row that it repeats.
  const isTaken = new Uint8Array(rows)
  const take = (item: number, similarity: number | null): Match => {
    isTaken[item] = 1
    const name = names.get(item)
    if (name === undefined) throw new Error(`no row ${item}`)
    return { name, similarity }
  }
  return {
    rows,
    *takeMatches(turns: readonly string[]): Generator<Match> {
      const copy = exact.find(turns)
      if (copy !== undefined && isTaken[copy] === 0) yield take(copy, null)
      if (near === null) return
      const key = computeNearKey(joinTurns(turns))
      for (;;) {
        const match = near.find(key, (item) => isTaken[item] === 1)
        if (match === null) return
        yield take(match.item, match.similarity)
      }
    },
  }
}
