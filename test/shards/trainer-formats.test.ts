import { withoutCandidate } from '../../pipeline/stages/reject.ts'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Rejection } from '../../pipeline/records/rejection.ts'
import { verdictSchema } from '../../pipeline/records/verdict.ts'
import { createRowCheck } from '../../pipeline/shards/check-row.ts'
import { readShard } from '../../pipeline/shards/read-shard.ts'
import { rejectionColumns, toRejectionRow } from '../../pipeline/shards/rejection-columns.ts'
import { sampleColumns, toJsonLine, toShardRow } from '../../pipeline/shards/sample-columns.ts'
import { findFormatConflict, trainerFormatNames, trainerFormats } from '../../pipeline/shards/trainer-formats.ts'
import { openShardWriter, writerNames } from '../../pipeline/shards/writers.ts'
import { listFormatCases, readRendered, readSample, renderAllFormats } from './format-cases.ts'
import { collect, withTemporaryFolder } from './temporary-folder.ts'

describe('goldens', async () => {
  test.each(await listFormatCases())('%s', async (name) => {
    expect(renderAllFormats(await readSample(name))).toEqual(await readRendered(name))
  })
})

describe.each(trainerFormatNames)('%s', (name) => {
  const format = trainerFormats[name]

  test.each(writerNames)('its rows fit its columns and come back from %s', async (writer) => {
    await withTemporaryFolder(async (folder) => {
      const path = join(folder, 'x.parquet')
      const sample = await readSample('multi-turn-with-system')
      const row = toShardRow(sample, format, 'build-1')
      const { writeShard } = await openShardWriter(writer)
      await writeShard(path, sampleColumns(format), [row])
      const [back] = await collect(readShard(path))
      expect(back).toEqual(createRowCheck(sampleColumns(format))(row, 1))
      expect(Object.keys(back ?? {})).toEqual(Object.keys(row))
    })
  })

  test('earlier assistant turns carry no reasoning', async () => {
    const sample = await readSample('multi-turn-with-system')
    const row = toShardRow(sample, format, 'build-1')
    expect(row['prompt']).toEqual(sample.prompt)
    if (Array.isArray(row['messages'])) expect(row['messages'].slice(0, -1)).toEqual(sample.prompt)
  })

  test('a lone surrogate anywhere is a conflict, so that it ends as a rejection', async () => {
    const sample = await readSample('single-turn')
    for (const bad of [
      { answer: '\uD83D' },
      { family: '\uD83D' },
      { prompt: [{ role: 'user', content: '\uD83D' }] },
    ] as const) {
      expect(findFormatConflict({ ...sample, ...bad }, format)).toContain('lone surrogate')
      expect(() => toShardRow({ ...sample, ...bad }, format, 'b')).toThrow('lone surrogate')
    }
  })
})

test('a rendered conflict throws rather than writes', async () => {
  const sample = await readSample('think-tag-in-answer')
  const code = 'format_conflict'
  expect(() => toShardRow(sample, trainerFormats.think_inline, 'b')).toThrow(expect.objectContaining({ code }))
  const line = toJsonLine(sample, trainerFormats.openai_jsonl)
  expect(JSON.parse(line)).toEqual({ messages: [...sample.prompt, { role: 'assistant', content: sample.answer }] })
})

test('verdicts are the same text whatever order their keys were made in', async () => {
  const sample = await readSample('single-turn')
  const reversed = sample.verdicts.map((verdict) => verdictSchema.parse(reverseKeys(verdict)))
  const rows = [sample.verdicts, reversed].map((verdicts) =>
    toShardRow({ ...sample, verdicts }, trainerFormats.messages, 'b'),
  )
  expect(rows[0]?.['verdicts']).toBe(rows[1]?.['verdicts'])
})

function reverseKeys(record: object): object {
  return Object.fromEntries(Object.entries(record).toReversed())
}

test('a rejected row with lone surrogates can be written, and every nullable field may be null', async () => {
  const sample = await readSample('single-turn')
  const rejection: Rejection = {
    stage: 'collect',
    code: 'bad_row',
    detail: 'expected JSON, got \uD800',
    evidence: ['{"prompt": "\uD83D'],
    source: 'seeds',
    location: 'seeds.jsonl:3',
    promptId: null,
    family: null,
    category: null,
    intent: null,
    language: null,
    messages: [{ role: 'user', content: '\uDE00' }],
    ...withoutCandidate,
    verdicts: sample.verdicts.map((verdict) => ({ ...verdict, grader: 'odd \uD800' })),
    requests: [],
  }
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, 'rejected.parquet')
    const { writeShard } = await openShardWriter('parquetjs-lite')
    await writeShard(path, rejectionColumns, [toRejectionRow(rejection, 'build-1')])
    const [back] = await collect(readShard(path))
    expect(back).toMatchObject({ detail: 'expected JSON, got \uFFFD', evidence: ['{"prompt": "\uFFFD'], reward: null })
    expect(back?.['verdicts']).toContain('"grader":"odd \uFFFD"')
  })
})
