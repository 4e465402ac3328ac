import type { BuildProgress } from '../build/run-build.ts'
import { createPlainLog } from '../cli/build-log.ts'
import { readRetryOption, type RetryOption } from './retry-option.ts'
import type { EndStatus } from '../cli/build-status.ts'
import type { Environment } from '../cli/environment.ts'
import { identifyRun } from '../cli/run-identity.ts'
import { applyCaps, type CapOptions } from './apply-caps.ts'
import { listenForAbort } from './listen-for-abort.ts'
import { locateProject, resolveProject, type ProjectOptions } from './open-project.ts'
import { runToStatus } from './run-to-status.ts'

export type BuildOptions = ProjectOptions &
  CapOptions & {
    /** What to do with requests that the store does not answer. Default: `live`. */
    readonly executor?: 'live' | 'batch' | 'queue' | 'offline' | undefined
    /** By batch: submit and end without waiting. */
    readonly detach?: boolean | undefined
    readonly strategy?: 'regenerate' | 'regrade-first' | undefined
    /** For `regrade-first`: the folder of the build to regrade. Default: the latest. */
    readonly against?: string | undefined
    /** The path of a plan: build only if the inputs are those that were planned. */
    readonly plan?: string | undefined
    readonly recompute?: boolean | undefined
    readonly keepStages?: boolean | undefined
    /** Ask again for what failed in the newest build: with `true`, all but refusals. */
    readonly retryFailed?: RetryOption | undefined
    /** Aborted: nothing new is sent, what is in flight is waited for and stored. */
    readonly signal?: AbortSignal | undefined
    /** Aborted: what is in flight is given up as well. */
    readonly stopSignal?: AbortSignal | undefined
    /** Where API keys and URLs of databases are read from. Default: the environment of the process; `.env` is not read. */
    readonly env?: Environment | undefined
    readonly onProgress?: ((progress: BuildProgress) => void) | undefined
    /** A line for a person, now and then: a server is down, or back. Hostile text may be in it. */
    readonly onNote?: ((line: string) => void) | undefined
  }

/**
 * Makes a data set, as `safe-completions build` does, and writes `status.json` beside it. Leaves exit code, output and
 * signals of the process alone. How a run ended is a status and no error: `published`, `unchanged`, `held`,
 * `offline_miss`, `provider_failed`, `budget_reached`, `submitted` or `interrupted`.
 * @throws UserError with a stable `code` for config, specs, input, key, store or disk: what the caller can mend; `locked`
 * while another run builds this name. What was answered is kept.
 */
export async function build(options: BuildOptions): Promise<EndStatus> {
  using interruption = listenForAbort(options.signal, options.stopSignal)
  const { executor = 'live', detach = false, strategy = 'regenerate', recompute = false, keepStages = false } = options
  const { against, plan, env } = options
  const retryFailed = readRetryOption(options.retryFailed)
  const located = await locateProject(options)
  const log = createPlainLog({
    update: (progress) => options.onProgress?.(progress),
    note: (line) => options.onNote?.(line),
    watch: () => undefined,
    stop: () => undefined,
  })
  const { status, error } = await runToStatus(
    located,
    async () => applyCaps(await resolveProject(located, options), options),
    { kind: executor, isDetached: detach, strategy, against, plan, recompute, keepStages, retryFailed },
    { me: identifyRun(), log, interruption, env },
  )
  if (error !== null) throw error
  return status
}
