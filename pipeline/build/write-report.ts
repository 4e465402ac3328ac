import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FoundCalibration } from '../calibrate/find-calibrations.ts'
import { reportSchema, reportVersion, type Report, type RowFacts, type StepSpend } from '../report/report-data.ts'
import { describeSettings } from './report-settings.ts'
import { parseJson } from '../records/parse-json.ts'
import { summarise } from '../report/summarise.ts'
import { writeJson } from './build-folder.ts'
import type { BuildCounts } from './build-counts.ts'
import { describeCalibrations } from './describe-calibrations.ts'
import type { Ledger, Totals } from './ledger.ts'
import type { QuotaOutcome } from '../records/quota-outcome.ts'
import { readWholeBuild } from './read-whole-build.ts'
import type { ResolvedBuild } from './resolve-build.ts'

export const reportName = 'report.json'

export type ReportInputs = {
  readonly resolved: ResolvedBuild
  readonly buildId: string
  readonly createdAt: string
  readonly counts: BuildCounts
  readonly quota: QuotaOutcome | null
  readonly facts: RowFacts
  readonly failedGates: readonly string[]
  readonly phases: Report['run']['phases']
  readonly ledger: Ledger
  readonly calibrations: readonly FoundCalibration[]
}

/** Writes `report.json`, the data behind every chart, and `report.html`, the page drawn from it. */
export async function writeReport(folder: string, inputs: ReportInputs): Promise<void> {
  const { resolved, buildId, createdAt, facts, failedGates, phases, ledger } = inputs
  const { name } = resolved.config
  const { decisions, ...counts } = inputs.counts
  const report = reportSchema.parse({
    reportVersion,
    name,
    buildId,
    settings: describeSettings(resolved),
    counts: pickCounts(counts),
    quota: inputs.quota,
    rows: facts,
    run: {
      createdAt,
      failedGates,
      phases: {
        collectMs: Math.round(phases.collectMs),
        answerMs: Math.round(phases.answerMs),
        writeMs: Math.round(phases.writeMs),
      },
      total: toSpend(ledger.total()),
      steps: toSpends(ledger.bySteps()),
      models: toSpends(ledger.byModels()),
      decisions,
    },
    previous: await readPrevious(join(resolved.outputRoot, name)),
    trust: describeTrust(inputs.calibrations),
  })
  await writeJson(join(folder, reportName), report)
  // Here and not above: the plot library is 30 MB of memory that only a build that is written needs.
  const { renderReport } = await import('../report/render-report.ts')
  await writeFile(join(folder, 'report.html'), await renderReport(report))
}

function pickCounts(counts: Omit<BuildCounts, 'decisions'>): Report['counts'] {
  const { rowsRead, badRows, prompts, gradedPrompts, candidates, accepted } = counts
  const { rejectedPrompts, rejectedCandidates, judged, ungraded } = counts
  return {
    rowsRead,
    badRows,
    prompts,
    gradedPrompts,
    candidates,
    accepted,
    rejectedPrompts,
    rejectedCandidates,
    judged,
    ungraded,
  }
}

function toSpend({ reused, latencyMs, run, build }: Readonly<Totals>): StepSpend {
  return { reused, latencyMs, run, build }
}

function toSpends(totals: ReturnType<Ledger['bySteps']>): Record<string, StepSpend> {
  return Object.fromEntries([...totals].map(([name, one]) => [name, toSpend(one)]))
}

/** What `latest` shows before it moves; null where there is none, or one without a report that this version reads. */
async function readPrevious(home: string): Promise<Report['previous']> {
  const manifest = await readWholeBuild(join(home, 'latest'))
  if (manifest === null) return null
  // Not by `latest`, which may move while it is read.
  const text = await readFile(join(home, manifest.buildId, reportName), 'utf8').catch(() => null)
  if (text === null) return null
  const read = reportSchema.safeParse(parseJson(text))
  if (!read.success) return null
  const { buildId, run } = read.data
  return { buildId, createdAt: run.createdAt, summary: summarise(read.data) }
}

function describeTrust(found: readonly FoundCalibration[]): Report['trust'] {
  return Object.entries(describeCalibrations(found)).map(([grader, { calibration }]) => {
    if (calibration === null) return { grader, calibration: null }
    const { measuredAt, labels, part, examples, ungraded, kappa, kappaLow, kappaHigh, isCurrent } = calibration
    const isKnown = kappa !== null && kappaLow !== null && kappaHigh !== null
    return {
      grader,
      calibration: {
        measuredAt,
        labels: part === 'all' ? labels.name : `${labels.name} (${part})`,
        graded: examples - ungraded,
        kappa: isKnown ? { value: kappa, low: kappaLow, high: kappaHigh } : null,
        hasChanged: !isCurrent,
      },
    }
  })
}
