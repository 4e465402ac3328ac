import { UserError } from '../records/user-error.ts'
import type { RunnerOptions } from './open-runner.ts'
import type { RunnerArguments } from './take-runner-options.ts'

/**
 * `--detach` and `--resume` speak of batches, so they mean them.
 * @throws UserError `usage` for options that contradict each other.
 */
export function chooseRunner({
  offline,
  executor,
  detach,
  resume,
}: Pick<RunnerArguments, 'offline' | 'executor' | 'detach' | 'resume'>): Pick<RunnerOptions, 'kind' | 'isDetached'> {
  const isBatch = executor === 'batch' || detach || resume
  const kinds = [
    ...(offline ? ['--offline'] : []),
    ...(isBatch ? ['batches'] : []),
    ...(executor === 'queue' ? ['a queue'] : []),
  ]
  if (kinds.length > 1) {
    throw new UserError('usage', `expected --offline, batches or a queue, got ${kinds.join(' and ')}`, {
      remedy: 'Leave out --offline, or --executor, --detach and --resume.',
    })
  }
  if (offline) return { kind: 'offline', isDetached: false }
  if (executor === 'queue') return { kind: 'queue', isDetached: false }
  return { kind: isBatch ? 'batch' : 'live', isDetached: detach }
}
