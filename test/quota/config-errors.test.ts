import { expect, test } from 'vitest'
import { resolveBuild } from '../../pipeline/build/resolve-build.ts'
import { loadConfig } from '../../pipeline/config/load-config.ts'
import { createQuotaProject } from '../build/quota-project.ts'

const cell = { category: 'cyber', mode: 'safe_completion' }

test.each([
  ['shares over 1', { intents: { benign: 0.7, dual_use: 0.4 } }, /:\d+: quota\.intents: .*at most, got 1\.1/],
  ['a cell over the total', { cells: [{ ...cell, count: 11 }] }, /quota\.cells\.0\.count: .*at most the 10/],
  ['a cell that stands twice', { cells: [5, 6].map((count) => ({ ...cell, count })) }, /cells\.1: .*stands twice/],
  ['an unknown category', { categories: { cybr: 0.5 } }, /:\d+: quota\.categories\.cybr: .*got "cybr".*cyber, drugs/],
  [
    'a cell that contradicts a share',
    { modes: { safe_completion: 0.2 }, cells: [{ ...cell, count: 3 }] },
    /:\d+: quota\.cells\.0: .*category=cyber, mode=safe_completion: 2 of 3 rows at most/,
  ],
  ['fewer candidates than a prompt starts with', { maxCandidates: 1 }, /quota\.maxCandidates: .*at least the 2/],
])('%s is a config error that names file, line and key', async (_, quota, message) => {
  const config = { generate: { model: 'play', candidates: 2 } }
  const project = await createQuotaProject('http://127.0.0.1:1/v1', { accepted: 10, ...quota }, { config })
  const opened = loadConfig(project.config).then((one) => resolveBuild(one.config, one.folder, one.describeProblems))
  await expect(opened).rejects.toMatchObject({ code: 'config', message: expect.stringMatching(message) })
  await expect(opened).rejects.toThrow(project.config)
})
