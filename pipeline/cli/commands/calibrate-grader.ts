import { resolve } from 'node:path'
import type { ArgumentsCamelCase, Argv } from 'yargs'
import { writeJson } from '../../build/build-folder.ts'
import { createLedger, type Totals } from '../../build/ledger.ts'
import { modelOf, type ResolvedBuild } from '../../build/resolve-build.ts'
import { calibrateGrader, type CalibrationRun } from '../../calibrate/calibrate-grader.ts'
import { labelExamples } from '../../calibrate/label-examples.ts'
import { loadLabels, type LoadedLabels } from '../../calibrate/load-labels.ts'
import { openGrader } from '../../calibrate/open-grader.ts'
import { showUnseen } from '../../display/visible-text.ts'
import { judges } from '../../graders/judges/index.ts'
import { loadSpecSet } from '../../guidance/load-guidance.ts'
import type { SpecSet } from '../../guidance/spec-set.ts'
import type { ModelPort } from '../../models/model-port.ts'
import { calibrationParts, type Calibration, type CalibrationPart } from '../../records/calibration.ts'
import { UserError } from '../../records/user-error.ts'
import type { Command } from '../defer-command.ts'
import { describeOpenExamples } from '../describe-open-examples.ts'
import { exitCodes } from '../exit-codes.ts'
import { openBuild } from '../open-build.ts'
import { openCalibrationModels } from '../open-calibration-models.ts'
import { openCalibrationStore } from '../open-store.ts'
import { toPlainText } from '../print-error.ts'
import { createProgressView, type ProgressView } from '../progress.ts'
import { renderCalibration } from '../render-calibration.ts'
import { renderSpend } from '../render-spend.ts'
import { listenForSignals } from '../signals.ts'

type CalibrateArguments = {
  grader: string
  labels: string
  config: string | undefined
  store: string | undefined
  path: string | undefined
  part: CalibrationPart | undefined
  offline: boolean
  worst: number
  out: string | undefined
  json: boolean
}

const shippedSpecs = resolve(import.meta.dirname, '../../../specs')
/** Rules that look at clauses are shown these where no build config names a set. */
const shippedSet = 'safe-completion'

export const calibrateGraderCommand: Command<CalibrateArguments> = {
  builder: (yargs: Argv): Argv<CalibrateArguments> =>
    yargs
      .positional('grader', { type: 'string', demandOption: true, describe: '`refusal`, a judge or a rule' })
      .option('labels', { type: 'string', demandOption: true, describe: 'The labels file (YAML)' })
      .option('config', { alias: 'c', type: 'string', describe: 'A build config, with the judge on its panel' })
      .option('store', { type: 'string', describe: "The answer store (SQLite); default: the config's" })
      .option('path', {
        type: 'string',
        describe: 'Read the examples from here instead of the path in the labels file',
      })
      .option('part', { choices: calibrationParts, describe: 'Only this part; default: as the labels file says' })
      .option('offline', { type: 'boolean', default: false, describe: 'Use stored answers only; send nothing' })
      .option('worst', { type: 'number', default: 10, describe: 'So many disagreements are shown' })
      .option('out', { type: 'string', describe: 'Also write the calibration to this file, as JSON' })
      .option('json', { type: 'boolean', default: false, describe: 'Print as JSON' })
      .example('$0 calibrate refusal --labels docs/examples/refusal-labels.yaml', 'needs no model'),
  handler: async (argv) => {
    process.exitCode = await calibrate(argv)
  },
}

async function calibrate(argv: ArgumentsCamelCase<CalibrateArguments>): Promise<number> {
  if (!Number.isInteger(argv.worst) || argv.worst < 0) {
    throw new UserError('usage', `expected a whole number for --worst, got ${argv.worst}`, { remedy: 'Such as 10.' })
  }
  const labels = await loadLabels(argv.labels, argv.path)
  const resolved = argv.config === undefined ? null : await openBuild({ config: argv.config })
  const specs = resolved?.specs ?? (await loadSpecSet(shippedSpecs, shippedSet))
  const storePath = argv.store ?? resolved?.storePath ?? null
  const view = createProgressView(process.stderr, () => performance.now())
  try {
    if (resolved !== null && storePath !== null && judges.has(argv.grader)) {
      return await measureJudge(argv, labels, resolved, storePath, view)
    }
    const run = await measure(argv, labels, { resolved, specs, models: noModels, onProgress: () => undefined })
    return await report(argv, run, { storePath, hopeless: null, requests: createLedger(() => null).total() })
  } finally {
    view.stop()
  }
}

const noModels: ModelPort = { ask: () => Promise.reject(new Error('a grader without a model asked one')) }

async function measureJudge(
  argv: ArgumentsCamelCase<CalibrateArguments>,
  labels: LoadedLabels,
  resolved: ResolvedBuild,
  storePath: string,
  view: ProgressView,
): Promise<number> {
  using interruption = listenForSignals(view.note, () => process.exit(exitCodes.interrupted))
  const note = (line: string): void => view.note(toPlainText(line))
  const opened = await openCalibrationModels({ resolved, storePath, isOffline: argv.offline, interruption, note })
  const { models, ledger } = opened
  let run: CalibrationRun
  try {
    const onProgress = (done: number, total: number): void => view.update({ phase: 'answer', done, total, ledger })
    run = await measure(argv, labels, { resolved, specs: resolved.specs, models, onProgress })
  } finally {
    view.stop()
    await opened.close()
  }
  return await report(argv, run, { storePath, hopeless: opened.hopeless(), requests: ledger.total() })
}

type Surroundings = {
  readonly resolved: ResolvedBuild | null
  readonly specs: SpecSet
  readonly models: ModelPort
  readonly onProgress: (done: number, total: number) => void
}

async function measure(
  { grader: name, part, worst }: ArgumentsCamelCase<CalibrateArguments>,
  labels: LoadedLabels,
  { resolved, specs, models, onProgress }: Surroundings,
): Promise<CalibrationRun> {
  const grader = openGrader(name, { panel: resolved?.grade.panel ?? null, specs, models })
  const labelled = labelExamples(labels, grader, part ?? null)
  const seat = resolved?.config.grade.panel.find(({ judge }) => judge === name)
  const concurrency = seat === undefined || resolved === null ? 1 : modelOf(resolved.config, seat.model).concurrency
  return await calibrateGrader(grader, labelled, {
    // Enough to fill the model's queue, and half again so that it never runs dry.
    inFlight: Math.ceil(concurrency * 1.5),
    worst,
    specSetDigest: specs.digest,
    timestamp: () => new Date().toISOString(),
    onProgress: (done) => onProgress(done, labelled.examples.length),
  })
}

type Outcome = {
  readonly storePath: string | null
  readonly hopeless: UserError | null
  readonly requests: Readonly<Totals>
}

async function report(
  { out, json }: ArgumentsCamelCase<CalibrateArguments>,
  run: CalibrationRun,
  { storePath, hopeless, requests }: Outcome,
): Promise<number> {
  if (run.status === 'incomplete') {
    const facts = describeOpenExamples(run, hopeless)
    const text = [`${facts.status}: ${facts.message}`, ...facts.details.map((detail) => `  ${detail}`)].join('\n')
    process.stdout.write(
      json ? `${showUnseen(JSON.stringify({ ...facts, requests }, null, 2))}\n` : `${toPlainText(text)}\n`,
    )
    return facts.exitCode
  }
  const { calibration } = run
  if (storePath !== null) await keep(calibration, storePath)
  if (out !== undefined) await writeJson(out, calibration)
  const status = { status: 'measured', exitCode: exitCodes.done, store: storePath, requests, calibration }
  const text = [renderCalibration(calibration), ...renderRequests(requests), renderKeeping(calibration, storePath)]
  process.stdout.write(json ? `${showUnseen(JSON.stringify(status, null, 2))}\n` : `${toPlainText(text.join('\n'))}\n`)
  return exitCodes.done
}

async function keep(calibration: Calibration, storePath: string): Promise<void> {
  const store = await openCalibrationStore(storePath)
  try {
    await store.add(calibration)
  } finally {
    await store.close()
  }
}

function renderRequests({ reused, run }: Readonly<Totals>): string[] {
  return reused + run.answers === 0 ? [] : [`requests    ${reused} reused, sent: ${renderSpend(run)}`]
}

function renderKeeping({ id }: Calibration, storePath: string | null): string {
  return storePath === null
    ? 'not kept    name a store with --store, or a build config with --config, to keep this calibration'
    : `kept        ${id} in ${storePath}`
}
