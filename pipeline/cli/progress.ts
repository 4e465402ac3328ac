import { Presets, SingleBar } from 'cli-progress'
import type { BuildProgress } from '../build/run-build.ts'

export type ProgressView = {
  readonly update: (progress: BuildProgress) => void
  readonly note: (line: string) => void
  /** What holds requests back, asked from now on; see `describeLanes`. */
  readonly watch: (readHold: () => string) => void
  readonly stop: () => void
}

/** On a terminal a bar may be redrawn this often; elsewhere a line is printed this often. */
const barIntervalMs = 100
const lineIntervalMs = 10_000
/** While requests are held back nothing else may happen that would redraw a bar. */
const holdIntervalMs = 1_000

/** A bar with ETA, tokens and cost on a terminal; plain lines elsewhere, a few a minute. All of it on `stream`. */
export function createProgressView(stream: NodeJS.WriteStream, now: () => number): ProgressView {
  return stream.isTTY ? createBar(stream, now) : createLines(stream, now)
}

function describe({ ledger }: BuildProgress): { reused: number; sent: number; tokens: string; cost: string } {
  const { reused, run } = ledger.total()
  const cost = run.answers > 0 && run.withoutPrice === run.answers ? 'cost unknown' : `$${run.costUsd.toFixed(4)}`
  return { reused, sent: run.answers, tokens: formatCount(run.promptTokens + run.completionTokens), cost }
}

function createBar(stream: NodeJS.WriteStream, now: () => number): ProgressView {
  const format =
    '{phase} {bar} {value}/{total} prompts · {reused} reused · {sent} sent · {tokens} tokens · {cost} · ETA {eta_formatted}{hold}'
  const bar = new SingleBar(
    { format, stream, hideCursor: true, clearOnComplete: true, fps: 10, etaBuffer: 200 },
    Presets.shades_classic,
  )
  let isStarted = false
  let lastMs = 0
  let readHold: () => string = readNothing
  let timer: NodeJS.Timeout | undefined
  return {
    update(progress) {
      const isEnd = progress.done === progress.total
      if (!isEnd && now() - lastMs < barIntervalMs) return
      lastMs = now()
      const payload = { phase: progress.phase, hold: showHold(readHold()), ...describe(progress) }
      if (!isStarted) bar.start(progress.total ?? 0, progress.done, payload)
      else {
        bar.setTotal(progress.total ?? progress.done)
        bar.update(progress.done, payload)
      }
      isStarted = true
    },
    note: (line) => stream.write(`\n${line}\n`),
    watch(read) {
      readHold = read
      timer ??= setInterval(() => {
        if (isStarted) bar.update({ hold: showHold(readHold()) })
      }, holdIntervalMs).unref()
    },
    stop: () => {
      clearInterval(timer)
      if (isStarted) bar.stop()
    },
  }
}

function createLines(stream: NodeJS.WriteStream, now: () => number): ProgressView {
  const startMs = now()
  let lastMs = startMs
  let readHold: () => string = readNothing
  return {
    update(progress) {
      if (now() - lastMs < lineIntervalMs) return
      lastMs = now()
      const { reused, sent, tokens, cost } = describe(progress)
      const { phase, done, total } = progress
      const eta =
        total === null || done === 0
          ? ''
          : ` · ETA ${Math.round((((lastMs - startMs) / done) * (total - done)) / 1000)} s`
      stream.write(
        `${phase}: ${done}${total === null ? '' : `/${total}`} prompts · ${reused} reused · ${sent} sent · ${tokens} tokens · ${cost}${eta}${showHold(readHold())}\n`,
      )
    },
    note: (line) => stream.write(`${line}\n`),
    watch: (read) => {
      readHold = read
    },
    stop: () => undefined,
  }
}

function readNothing(): string {
  return ''
}

function showHold(hold: string): string {
  return hold === '' ? '' : ` · ${hold}`
}

function formatCount(count: number): string {
  return new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 }).format(count)
}
