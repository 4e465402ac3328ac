import { join } from 'node:path'
import { expect, test } from 'vitest'
import { rejectionKey, sampleKey } from '../../pipeline/build/write-output.ts'
import { describeRun, type GateSubject } from '../../pipeline/gates/gate-subject.ts'
import { describeFolder } from '../../pipeline/gates/read-gate-subject.ts'
import type { Rejection } from '../../pipeline/records/rejection.ts'
import type { Sample } from '../../pipeline/records/sample.ts'
import { trainerFormatNames } from '../../pipeline/shards/trainer-formats.ts'
import { openSpool } from '../../pipeline/spool/spool.ts'
import { createFolder } from '../build/build-project.ts'
import { writeHandMadeBuild } from '../diff/hand-made-build.ts'
import { makeSample, rejectSample, stopPrompt, ungraded } from '../diff/row-makers.ts'

const samples = [
  makeSample(1),
  makeSample(2, { category: 'fraud', intent: 'dual_use', mode: 'safe_completion', reward: 0.5 }),
  makeSample(3, { reward: null, verdicts: [] }),
]
const rejections = [
  rejectSample(makeSample(2, { id: 'c_sibling', category: 'fraud' }), 'outranked'),
  rejectSample(makeSample(4, { verdicts: [ungraded] }), 'ungraded'),
  stopPrompt(makeSample(5), 'exact_duplicate'),
]

test.each(trainerFormatNames.filter((name) => name !== 'openai_jsonl'))(
  'a build in %s reads in its folder as it did in its run',
  async (format) => {
    const folder = await createFolder()
    const manifest = await writeHandMadeBuild(folder, { samples, rejections, config: { emit: { format } } })
    const spool = openSpool(join(folder, 'run.db'))
    const tables = { samples: spool.table<Sample>('samples'), rejections: spool.table<Rejection>('rejections') }
    for (const sample of samples) tables.samples.append(sampleKey(sample), sample)
    for (const rejection of rejections) tables.rejections.append(rejectionKey(rejection), rejection)
    const inRun = await readAll(describeRun(manifest.buildId, manifest.counts, tables))
    spool.close()
    expect(inRun.rows.length).toBe(3)
    expect(inRun.candidates.length).toBe(5)
    expect(inRun.candidates.filter(({ isUngraded }) => isUngraded).length).toBe(1)
    expect(inRun.candidates.filter(({ isJudged }) => isJudged).length).toBe(4)
    expect(await readAll(describeFolder(folder, manifest))).toEqual(inRun)
  },
)

async function readAll({ rows, candidates }: GateSubject) {
  const read = await Array.fromAsync(rows())
  return {
    rows: read.map(({ id, promptId, family, category, intent, mode, reward, prompt, reasoning, answer }) => {
      return { id, promptId, family, category, intent, mode, reward, prompt, reasoning, answer }
    }),
    candidates: await Array.fromAsync(candidates()),
  }
}
