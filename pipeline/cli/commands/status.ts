import { existsSync } from 'node:fs'
import type { Argv } from 'yargs'
import { readSqliteBatches } from '../../answers/read-batches.ts'
import { readUrlVariable, resolveStore } from '../../answers/store-address.ts'
import { findLockHolder, type LockHolder } from '../../build/build-lock.ts'
import { UserError } from '../../records/user-error.ts'
import type { Command } from '../defer-command.ts'
import { renderBatches, renderWaves, summariseBatches, type BatchSummary } from '../describe-batches.ts'
import { locateBuild } from '../locate-build.ts'
import { toPlainText } from '../print-error.ts'
import { readStatus, type ReadStatus } from '../status-file.ts'

type StatusArguments = { config: string; 'spec-set': string | undefined; name: string | undefined; json: boolean }

export const statusCommand: Command<StatusArguments> = {
  builder: (yargs: Argv): Argv<StatusArguments> =>
    yargs
      .positional('config', { type: 'string', demandOption: true, describe: 'Build config (YAML)' })
      .option('spec-set', { type: 'string', describe: 'The build of another folder of specs' })
      .option('name', { type: 'string', describe: 'The build of another name' })
      .option('json', { type: 'boolean', default: false, describe: 'Print as JSON' })
      .example('$0 status data/demo.yaml', 'reads status.json and looks at the lock; writes nothing'),
  handler: async (argv) => {
    const { home, folder, config } = await locateBuild(argv)
    const { status, holder } = await look(home)
    if (status === null && holder === null) {
      throw new UserError('no_status', 'expected a status.json, got none that can be read', {
        where: home,
        remedy: 'No build of this name got as far as its lock yet: run `build`.',
      })
    }
    const state = describeState(status, holder)
    const found = status === null ? noBatches : readBatches(resolveStore(folder, config.store), status.startedAt)
    const lock = { held: holder !== null, holder: holder === 'unknown' ? null : holder }
    const shown = { state, lock, ...found, status }
    process.stdout.write(argv.json ? `${JSON.stringify(shown, null, 2)}\n` : `${toPlainText(render(shown))}\n`)
  },
}

type Look = { readonly status: ReadStatus | null; readonly holder: LockHolder | 'unknown' | null }

const mostLooks = 5

/** The status before and after the lock, until both are of one run: one that starts or ends meanwhile was not killed. */
async function look(home: string): Promise<Look> {
  let before = await readStatus(home)
  for (let looks = 1; ; looks += 1) {
    const holder = await findLockHolder(home)
    const status = await readStatus(home)
    const isSettled = status?.runId === before?.runId && status?.status === before?.status
    if (isSettled || looks === mostLooks) return { status, holder }
    before = status
  }
}

/** A run that calls itself running and holds no lock is gone without a word: killed, or its machine went down. */
function describeState(status: ReadStatus | null, holder: LockHolder | 'unknown' | null): string {
  if (holder !== null) return 'running'
  return status === null || status.status === 'running' ? 'killed' : status.status
}

type FoundBatches = {
  /** Null without any, for a store that is not there or keeps none, and for one that cannot be read. */
  readonly batches: BatchSummary | null
  /** Why the store cannot be read; null where it can be, or need not be. */
  readonly batchesProblem: string | null
}

const noBatches: FoundBatches = { batches: null, batchesProblem: null }

/**
 * What the store knows of batches, also of those that a run which was killed, or is waiting, has in no status.json.
 * @param since ISO 8601: of the batches that ended, those that did since then.
 */
function readBatches(store: string, since: string): FoundBatches {
  if (readUrlVariable(store) !== null || !existsSync(store)) return noBatches
  try {
    const summary = summariseBatches(readSqliteBatches(store), since)
    return summary.waves.length === 0 ? noBatches : { batches: summary, batchesProblem: null }
  } catch (error) {
    // The state of the build is known all the same, and a store of an earlier version is mended by the next build.
    if (error instanceof UserError) return { batches: null, batchesProblem: `${error.message} (${store})` }
    throw error
  }
}

function render({
  state,
  lock,
  batches,
  batchesProblem,
  status,
}: FoundBatches & {
  readonly state: string
  readonly lock: { readonly held: boolean; readonly holder: LockHolder | null }
  readonly status: ReadStatus | null
}): string {
  const { holder } = lock
  const who =
    holder === null ? '' : ` by process ${holder.pid} of ${holder.user} on ${holder.host}, since ${holder.since}`
  const code = status === null || status.exitCode === null ? '' : ` · exit code ${status.exitCode}`
  return [
    `${state}${code}`,
    `lock        ${lock.held ? `held${who}` : 'free'}`,
    ...(holder === null ? [] : [`command     ${holder.command}`]),
    ...(status === null
      ? []
      : [
          `run         ${status.runId ?? 'of an older version'} · started ${status.startedAt} · ${status.finishedAt === null ? `last sign of life ${status.updatedAt}` : `ended ${status.finishedAt}`}`,
          `says        ${status.message}`,
          ...(state === 'running' && status.progress !== null
            ? [`progress    ${status.phase}: ${status.progress.done} of ${status.progress.total ?? '?'} prompts`]
            : []),
        ]),
    ...(batches === null ? [] : [`batches     ${renderBatches(batches)}`]),
    ...(batches === null ? [] : renderWaves(batches).map((wave) => `            ${wave}`)),
    ...(batchesProblem === null ? [] : [`batches     not known: ${batchesProblem}`]),
    ...(state === 'killed' ? ['Run the same build again: what was answered is used.'] : []),
  ].join('\n')
}
