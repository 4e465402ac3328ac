import { sampleColumns, toShardRow } from '../../pipeline/shards/sample-columns.ts'
import type { ShardRow } from '../../pipeline/shards/shard-writer.ts'
import { trainerFormats } from '../../pipeline/shards/trainer-formats.ts'
import { makeSample } from '../../test/diff/row-makers.ts'
import { writePrompts } from './varied-prompts.ts'

const format = trainerFormats.messages
export const shardColumns = sampleColumns(format)

/** Rows of a training shard of about 3 KB; words are drawn anew for each, so that they compress as text does. */
export function* makeShardRows(count: number): Generator<ShardRow> {
  const texts = writePrompts(count * 4)
  const next = (): string => texts.next().value ?? ''
  for (let n = 0; n < count; n += 1) {
    const prompt = [{ role: 'user', content: next() }] as const
    const sample = makeSample(n, { prompt: [...prompt], reasoning: next(), answer: next() + next() })
    yield toShardRow(sample, format, 'a'.repeat(64))
  }
}
