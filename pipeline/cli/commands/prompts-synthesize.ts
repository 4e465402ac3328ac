import { join } from 'node:path'
import type { ArgumentsCamelCase, Argv } from 'yargs'
import { applyCaps } from '../../api/apply-caps.ts'
import type { AnswerStore } from '../../answers/answer-store.ts'
import { importRecording } from '../../answers/recording.ts'
import { writeJson } from '../../build/build-folder.ts'
import { takeBuildLock } from '../../build/build-lock.ts'
import { createPriceLookup } from '../../config/price-table.ts'
import { showUnseen } from '../../display/visible-text.ts'
import { planSynthesis } from '../../plan/plan-synthesis.ts'
import type { UserError } from '../../records/user-error.ts'
import { loadSynthesis, type ResolvedSynthesis } from '../../synthesis/load-synthesis.ts'
import { runSynthesis } from '../../synthesis/run-synthesis.ts'
import { describeBudget } from '../build-status.ts'
import { chooseRunner } from '../choose-runner.ts'
import type { Command } from '../defer-command.ts'
import { exitCodes } from '../exit-codes.ts'
import { openRunner } from '../open-runner.ts'
import { openAnswerStore } from '../open-store.ts'
import { toPlainText } from '../print-error.ts'
import { createProgressView, type ProgressView } from '../progress.ts'
import { renderSynthesisPlan } from '../render-synthesis.ts'
import { identifyRun } from '../run-identity.ts'
import { listenForSignals, type Interruption } from '../signals.ts'
import { takeRunnerOptions, type RunnerArguments } from '../take-runner-options.ts'
import {
  describeSynthesis,
  describeSynthesisError,
  renderSynthesisStatus,
  type SynthesisStatus,
} from '../synthesis-status.ts'

type SynthesizeArguments = RunnerArguments & {
  config: string
  plan: boolean
  json: boolean
}
type Arguments = ArgumentsCamelCase<SynthesizeArguments>

export const promptsSynthesizeCommand: Command<SynthesizeArguments> = {
  builder: (yargs: Argv): Argv<SynthesizeArguments> =>
    takeRunnerOptions(yargs)
      .positional('config', { type: 'string', demandOption: true, describe: 'Synthesis config (YAML)' })
      .option('plan', {
        type: 'boolean',
        default: false,
        describe: 'Only say how many requests it may take, and for how much; sends nothing, reads no key',
      })
      .option('json', { type: 'boolean', default: false, describe: 'Print as JSON' })
      .example('$0 prompts synthesize data/synthesis.yaml --plan', 'what it would send'),
  handler: async (argv) => {
    const resolved = applyCaps(await loadSynthesis(argv.config), {
      maxCostUsd: argv.maxCost,
      maxTokens: argv.maxTokens,
    })
    process.exitCode = argv.plan ? await printPlan(resolved, argv) : await synthesize(resolved, argv)
  },
}

async function printPlan(resolved: ResolvedSynthesis, { json }: Arguments): Promise<number> {
  const store = await openAnswerStore(resolved.storePath)
  try {
    for (const path of resolved.recordings) await importRecording(path, store)
    const plan = await planSynthesis(resolved, { store, priceOf: createPriceLookup(resolved.config) })
    print(json ? JSON.stringify(plan, null, 2) : renderSynthesisPlan(plan, resolved.config.budget))
    return exitCodes.done
  } finally {
    await store.close()
  }
}

async function synthesize(resolved: ResolvedSynthesis, argv: Arguments): Promise<number> {
  const { name } = resolved.config
  const startedAt = new Date().toISOString()
  const home = join(resolved.outputRoot, name)
  const statusPath = join(home, 'status.json')
  const view = createProgressView(process.stderr, () => performance.now())
  using interruption = listenForSignals(view.note, () => process.exit(exitCodes.interrupted))
  // Without the lock nothing here is ours to write, the status included.
  const lock = await takeBuildLock(home, identifyRun())
  try {
    const status = await run(resolved, argv, { interruption, view, startedAt }).catch(async (error: unknown) => {
      // Where the folder itself is the trouble no status can be written, and the first error is the one to tell.
      await writeJson(statusPath, describeSynthesisError(error, name, startedAt)).catch(() => undefined)
      throw error
    })
    await writeJson(statusPath, status)
    print(argv.json ? JSON.stringify(status, null, 2) : renderSynthesisStatus(status, process.cwd()))
    return status.exitCode
  } finally {
    await lock.release()
  }
}

type Surroundings = {
  readonly interruption: Interruption
  readonly view: ProgressView
  readonly startedAt: string
}

async function run(
  resolved: ResolvedSynthesis,
  argv: Arguments,
  { interruption, view, startedAt }: Surroundings,
): Promise<SynthesisStatus> {
  const { config } = resolved
  let hopeless: UserError | null = null
  const note = (line: string): void => view.note(toPlainText(line))
  const onHopeless = (error: UserError): void => {
    if (hopeless !== null) return
    hopeless = error
    note(`${error.message} - stopping.`)
    interruption.giveUp(error)
  }
  const choice = chooseRunner(argv)
  const store = await openAnswerStore(resolved.storePath)
  const runner = await orClose(store, () =>
    openRunner({ ...choice, resolved, store, interruption, onHopeless, note, watch: view.watch }),
  )
  try {
    for (const path of resolved.recordings) await importRecording(path, store)
    const result = await runner.run((answering) =>
      runSynthesis(resolved, {
        ...answering,
        store,
        priceOf: createPriceLookup(config),
        timestamp: () => new Date().toISOString(),
        onProgress: view.update,
        drain: interruption.drain,
        giveUp: interruption.giveUp,
      }),
    )
    const isWhole = result.status !== 'incomplete'
    return {
      ...describeSynthesis(result, hopeless, interruption.wasSignalled()),
      name: config.name,
      setId: isWhole ? result.setId : null,
      path: isWhole ? result.path : null,
      counts: result.counts,
      requests: result.ledger.total(),
      budget: describeBudget(config.budget, runner.readBudget()),
      batches: await runner.readBatches(startedAt),
      startedAt,
      finishedAt: new Date().toISOString(),
    }
  } finally {
    view.stop()
    await store.close()
    await runner.close()
  }
}

async function orClose<T>(store: AnswerStore, open: () => Promise<T>): Promise<T> {
  try {
    return await open()
  } catch (error) {
    await store.close()
    throw error
  }
}

function print(text: string): void {
  process.stdout.write(`${showUnseen(text)}\n`)
}
