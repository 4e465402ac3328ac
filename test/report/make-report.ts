import { createCounter } from '../../pipeline/build/build-counts.ts'
import { tallyEffects } from '../../pipeline/decisions/decision-effects.ts'
import { findStandingDecisions } from '../../pipeline/decisions/standing-decisions.ts'
import type { Rejection } from '../../pipeline/records/rejection.ts'
import type { Sample } from '../../pipeline/records/sample.ts'
import { reportSchema, reportVersion, type Report, type StepSpend } from '../../pipeline/report/report-data.ts'
import { createRowTally } from '../../pipeline/report/tally-rows.ts'

export type ReportParts = {
  readonly samples?: Iterable<Sample>
  readonly rejections?: Iterable<Rejection>
  readonly settings?: Partial<Report['settings']>
  readonly run?: Partial<Report['run']>
  readonly previous?: Report['previous']
  readonly trust?: Report['trust']
}

/** A report of rows made by hand, counted as a build counts them. */
export function makeReport(parts: ReportParts): Report {
  const settings: Report['settings'] = {
    description: '',
    specSet: 'set',
    categories: ['cyber', 'fraud'],
    rule: 'reward',
    requiresModeAgreement: true,
    thresholds: [{ score: 'safety', value: 1, kind: 'threshold', key: 'select.minSafety' }],
    rules: ['format'],
    panel: [
      { grader: 'safety', votes: 2 },
      { grader: 'response-mode', votes: 1 },
      { grader: 'helpfulness', votes: 1 },
    ],
    minGradingCoverage: 0.95,
    ...parts.settings,
  }
  const tally = createRowTally(settings)
  const counter = createCounter(tallyEffects(findStandingDecisions([])))
  const prompts = new Map<string, { candidates: number; isStopped: boolean }>()
  const see = (promptId: string | null, isCandidate: boolean): void => {
    if (promptId === null) return
    const { candidates } = prompts.get(promptId) ?? { candidates: 0 }
    prompts.set(promptId, { candidates: candidates + (isCandidate ? 1 : 0), isStopped: !isCandidate })
  }
  for (const sample of parts.samples ?? []) {
    tally.addSample(sample)
    counter.countAccepted(sample)
    see(sample.promptId, true)
  }
  for (const rejection of parts.rejections ?? []) {
    tally.addRejection(rejection)
    counter.countRejection(rejection)
    see(rejection.promptId, rejection.candidateId !== null)
  }
  for (const { candidates, isStopped } of prompts.values()) {
    counter.countRow()
    counter.countPrompt()
    if (!isStopped) counter.countGradedPrompt(candidates)
  }
  const {
    decisions,
    openPrompts: _,
    modes: _modes,
    intents: _intents,
    categories: _categories,
    ...counts
  } = counter.read()
  return reportSchema.parse({
    reportVersion,
    name: 'hand-made',
    buildId: 'b-0123456789abcdef',
    settings,
    counts,
    rows: tally.read(),
    run: {
      createdAt: '2026-01-02T03:04:05.678Z',
      failedGates: [],
      phases: { collectMs: 10, answerMs: 2000, writeMs: 300 },
      total: makeSpend(0),
      steps: {},
      models: {},
      decisions,
      ...parts.run,
    },
    previous: parts.previous ?? null,
    trust: parts.trust ?? null,
  })
}

/** What so many answers took, all of them sent by this run. */
export function makeSpend(answers: number, changes: Partial<StepSpend['build']> = {}): StepSpend {
  const spend = { answers, promptTokens: 100 * answers, completionTokens: 10 * answers, costUsd: 0.5 * answers }
  const build = { ...spend, withoutUsage: 0, withoutPrice: 0, ...changes }
  return { reused: 0, latencyMs: 1000 * answers, run: build, build }
}
