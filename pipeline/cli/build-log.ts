import type { ProgressView } from './progress.ts'

export type BuildEvent =
  | 'start'
  | 'lock'
  | 'previous_killed'
  | 'phase_end'
  | 'progress'
  | 'note'
  | 'hold'
  | 'hold_end'
  | 'budget_reached'
  | 'provider_failed'
  | 'gate_failed'
  | 'status_not_written'
  | 'metrics_not_written'
  | 'hook_failed'
  | 'hook_sent'
  | 'error'
  | 'end'

export type LogLevel = 'info' | 'warn' | 'error'

/** Where a build tells how it goes: to a person, or as JSON lines (unattended-log.ts). */
export type BuildLog = ProgressView & {
  readonly event: (level: LogLevel, event: BuildEvent, fields?: Readonly<Record<string, unknown>>) => void
  /** The name of the build, and texts that must not be told, once they are known. */
  readonly know: (build: string, secrets: readonly string[]) => void
}

/** For a person: progress and notes; of the events, those that ask for a look. */
export function createPlainLog(view: ProgressView): BuildLog {
  return {
    ...view,
    event: (_, event, { message } = {}) => {
      if (typeof message !== 'string') return
      if (event === 'budget_reached' || event === 'provider_failed') view.note(`${message} - stopping.`)
      else if (told.has(event)) view.note(message)
    },
    know: () => undefined,
  }
}

/** The others are in the progress line, in the summary or among the notes. */
const told: ReadonlySet<BuildEvent> = new Set([
  'previous_killed',
  'status_not_written',
  'metrics_not_written',
  'hook_failed',
])
