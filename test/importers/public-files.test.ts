import { expect, test } from 'vitest'
import { readRows } from '../../pipeline/importers/read-rows.ts'
import type { RawRow } from '../../pipeline/importers/raw-row.ts'
import { findPublicData } from './public-data.ts'

const readPublic = (baseDirectory: string, path: string): Promise<readonly RawRow[]> =>
  Array.fromAsync(readRows({ path, format: 'auto' }, { baseDirectory }))

test.for([
  ['xstest/xstest_prompts.csv', 441, 'xstest/xstest_prompts.csv:2'],
  ['coconot/coconot_contrast_eval.jsonl', 374, 'coconot/coconot_contrast_eval.jsonl:1'],
  ['coconot/*.jsonl', 750, 'coconot/coconot_contrast_eval.jsonl:1'],
  ['purplellama-frr/mitre_frr.json', 747, 'purplellama-frr/mitre_frr.json#1'],
  ['intent-triplets/*.json', 60, 'intent-triplets/opensafeintent_60.json#1'],
  ['refusal-labels/political_figures.json', 700, 'refusal-labels/political_figures.json#1'],
] as const)('%s has %d rows, none of them a problem', async ([path, count, first], context) => {
  const rows = await readPublic(findPublicData(context), path)
  expect(rows).toHaveLength(count)
  expect(rows.filter((row) => 'problem' in row)).toEqual([])
  expect(rows[0]?.location).toBe(first)
})

test('the Git-LFS pointer that calls itself gzip is refused as what it is', async (context) => {
  const folder = findPublicData(context)
  await expect(readPublic(folder, 'fixtures/lfs-pointer.helpful-base.test.jsonl.gz')).rejects.toMatchObject({
    code: 'lfs_pointer',
    where: 'fixtures/lfs-pointer.helpful-base.test.jsonl.gz',
  })
})
