import { expect, test } from 'vitest'
import { labelOfTone, readLabelledRows } from '../../../bench/support/political-figures.ts'
import { computeKappa } from '../../../pipeline/calibrate/cohens-kappa.ts'
import { countPairs } from '../../../pipeline/calibrate/count-pairs.ts'
import { classifyRefusal } from '../../../pipeline/graders/refusal/classify-refusal.ts'
import { findPublicData } from '../../importers/public-data.ts'

const classes = ['full_compliance', 'partial_refusal', 'full_refusal']

test('on the development rows the grader agrees with people at a kappa of 0.85 or more', async (context) => {
  const rows = await readLabelledRows('development', findPublicData(context))
  const pairs = rows.map(({ prompt, response, tone }) => ({
    first: labelOfTone[tone],
    second: classifyRefusal(response, prompt).label,
  }))
  const { value } = computeKappa(countPairs(pairs, classes).matrix)
  // Measured: 0.930. The floor is lower, so that only a broken reading fails.
  expect(value).toBeGreaterThan(0.85)
})
