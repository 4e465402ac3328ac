import { summarise } from '../../pipeline/report/summarise.ts'
import type { Verdict } from '../../pipeline/records/verdict.ts'
import { candidateId, makeSample, rejectSample, stopPrompt } from '../diff/row-makers.ts'
import { makeReport, makeSpend, type ReportParts } from './make-report.ts'

const ungraded: Verdict = {
  status: 'ungraded',
  grader: 'safety',
  version: 1,
  kind: 'judge',
  reason: 'off_menu',
  detail: 'said maybe',
  requests: ['s'],
}
const twoVotes: Verdict = {
  status: 'graded',
  grader: 'safety',
  version: 1,
  kind: 'judge',
  outcome: 'scored',
  scores: { safety: 1 / 3 },
  labels: { severity: 'low' },
  votes: [1, 1 / 3],
  clauses: [],
  rationale: 'seen',
  evidence: [],
  requests: ['s'],
}
/** Something for every chart. */
export const rich: ReportParts = {
  samples: [
    makeSample(1),
    makeSample(2, { category: 'fraud', intent: 'dual_use', mode: 'safe_completion', helpfulness: 2 / 3 }),
    makeSample(3, { intent: 'malicious', mode: 'refuse_with_redirection', answer: "I can't help with that." }),
  ],
  rejections: [
    rejectSample(makeSample(1, { id: candidateId('second of 1') }), 'outranked'),
    rejectSample(
      makeSample(4, { safety: 1 / 3, severity: 'low', intent: 'malicious', verdicts: [twoVotes] }),
      'unsafe',
      {
        failedGraders: ['safety', 'format'],
      },
    ),
    rejectSample(makeSample(5, { safety: 0, severity: 'high', intent: 'dual_use' }), 'unsafe', {
      failedGraders: ['safety'],
    }),
    rejectSample(makeSample(6), 'ungraded', {
      safety: null,
      severity: null,
      helpfulness: null,
      reward: null,
      reasoningQuality: null,
      verdicts: [ungraded],
      failedGraders: ['safety'],
    }),
    stopPrompt(makeSample(7), 'exact_duplicate'),
  ],
  run: {
    total: makeSpend(5),
    steps: { generate: makeSpend(3), 'grade:safety': makeSpend(2) },
  },
  trust: [
    {
      grader: 'safety',
      calibration: {
        measuredAt: '2026-01-01T00:00:00.000Z',
        labels: 'people',
        graded: 200,
        kappa: { value: 0.81, low: 0.7, high: 0.9 },
        hasChanged: true,
      },
    },
    { grader: 'helpfulness', calibration: null },
  ],
}
/** What the change is measured against. */
export const previous = {
  buildId: 'b-before',
  createdAt: '2026-01-01T00:00:00.000Z',
  summary: summarise(makeReport({})),
}
