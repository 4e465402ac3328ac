import { pino } from 'pino'
import type { BuildProgress } from '../build/run-build.ts'
import type { BuildLog } from './build-log.ts'

/** How often a run that goes on says so. */
const progressIntervalMs = 60_000
/** How often it is asked what holds requests back. */
const holdIntervalMs = 1_000

/**
 * For a log collector: one JSON object a line, with `level`, `time`, `event`, `runId`, `build` and what belongs to the
 * event. Text of models and servers is inside JSON strings, and all in it that a terminal or a line splitter could take
 * for more than a letter is written as \uXXXX: no answer can forge a line.
 */
export function createUnattendedLog(write: (line: string) => void, runId: string, now: () => number): BuildLog {
  const destination = { write: (line: string) => write(`${escapeLine(line.trimEnd())}\n`) }
  const options = {
    base: { runId },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level: string) => ({ level }) },
  }
  let logger = pino(options, destination)
  let secrets: readonly string[] = []
  let lastMs = now()
  let hold = ''
  let timer: NodeJS.Timeout | undefined
  const event: BuildLog['event'] = (level, name, fields = {}) => {
    logger[level]({ event: name, ...maskFields(fields, secrets) })
  }
  return {
    event,
    know(build, found) {
      secrets = found.toSorted((a, b) => b.length - a.length)
      logger = logger.child({ build })
    },
    update(progress) {
      if (now() - lastMs < progressIntervalMs) return
      lastMs = now()
      event('info', 'progress', describeProgress(progress))
    },
    note: (message) => event('info', 'note', { message }),
    watch(readHold) {
      timer ??= setInterval(() => {
        const current = readHold()
        if (current === hold) return
        if (current === '') event('info', 'hold_end', { hold })
        else event(current === 'down' ? 'error' : 'warn', 'hold', { hold: current })
        hold = current
      }, holdIntervalMs).unref()
    },
    stop: () => clearInterval(timer),
  }
}

function describeProgress({ phase, done, total, ledger }: BuildProgress): Record<string, unknown> {
  const { reused, unavailable, run } = ledger.total()
  return { phase, done, total, reused, unavailable, sent: run.answers, costUsd: run.costUsd }
}

/** Everything but printable characters: controls of both sets, line and paragraph separators, what reorders text. */
const hidden = /[\u007F-\u009F\u2028\u2029\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu

/** Such a character can only stand inside a JSON string, where its escape means the same. */
function escapeLine(line: string): string {
  return line.replace(hidden, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Keys are masked where they are read; this is for the one that slips through. */
function maskFields(fields: Readonly<Record<string, unknown>>, secrets: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, mask(value, secrets)]))
}

function mask(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string') return secrets.reduce((text, secret) => text.replaceAll(secret, '[secret]'), value)
  if (Array.isArray(value)) return value.map((item: unknown) => mask(item, secrets))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mask(item, secrets)]))
}
