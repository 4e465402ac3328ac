import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { BuildCounts } from '../build/build-counts.ts'
import { writeWhole } from '../build/build-folder.ts'
import type { Totals } from '../build/ledger.ts'
import { flattenCounts, type RejectionCounts } from '../records/rejection-counts.ts'
import { endStatuses, type EndStatusName } from '../records/end-status.ts'

export type LastRun = {
  readonly name: string
  readonly status: EndStatusName
  readonly exitCode: number
  readonly startedAt: string
  readonly finishedAt: string
  readonly counts: BuildCounts | null
  readonly requests: Readonly<Totals> | null
}

/** Labels beside the build's name, and a value. */
type Row = readonly [Record<string, string>, number]

const successName = 'safe_completions_last_success_timestamp_seconds'

/**
 * Writes the figures of a run as a Prometheus text file, for node_exporter's textfile collector: whole, or not at all, by
 * a name that the collector does not read. When a build last went well is carried over from the file before.
 * One file a build: a scrape must not find one metric with the same labels twice.
 */
export async function writePrometheusFile(path: string, run: LastRun): Promise<void> {
  const { Gauge, Registry } = await import('prom-client')
  const registry = new Registry()
  const build = run.name
  const gauge = (name: string, help: string, rows: readonly Row[]): void => {
    const labelNames = [...new Set(['build', ...rows.flatMap(([labels]) => Object.keys(labels))])]
    const metric = new Gauge({ name, help, labelNames, registers: [registry] })
    for (const [labels, value] of rows) metric.set({ build, ...labels }, value)
  }
  const [startSeconds, endSeconds] = [run.startedAt, run.finishedAt].map((at) => Date.parse(at) / 1000)
  if (startSeconds === undefined || endSeconds === undefined) throw new Error('expected two times')
  gauge(
    'safe_completions_last_run_status',
    'How the last run ended: 1 for its status, 0 for the others.',
    endStatuses.map((status) => [{ status }, status === run.status ? 1 : 0]),
  )
  gauge('safe_completions_last_run_exit_code', 'Exit code of the last run.', one(run.exitCode))
  gauge('safe_completions_last_run_start_timestamp_seconds', 'When the last run started.', one(startSeconds))
  gauge('safe_completions_last_run_end_timestamp_seconds', 'When the last run ended.', one(endSeconds))
  gauge('safe_completions_last_run_duration_seconds', 'How long the last run took.', one(endSeconds - startSeconds))
  const successSeconds = run.exitCode === 0 ? endSeconds : await readLastSuccess(path)
  if (successSeconds !== null) gauge(successName, 'When a run last ended with exit code 0.', one(successSeconds))
  const { counts, requests } = run
  if (counts !== null) {
    gauge('safe_completions_last_run_prompts', 'Prompts read.', one(counts.prompts))
    gauge('safe_completions_last_run_open_prompts', 'Prompts that wait for an answer.', one(counts.openPrompts))
    gauge('safe_completions_last_run_candidates', 'Candidates graded.', one(counts.candidates))
    gauge('safe_completions_last_run_accepted', 'Candidates accepted.', one(counts.accepted))
    gauge('safe_completions_last_run_rejected', 'Prompts and candidates rejected, by stage and code.', [
      ...labelRejected('prompt', counts.rejectedPrompts),
      ...labelRejected('candidate', counts.rejectedCandidates),
    ])
  }
  if (requests !== null) {
    const { reused, unavailable, run: sent } = requests
    gauge('safe_completions_last_run_requests', 'Requests by outcome.', [
      [{ outcome: 'reused' }, reused],
      [{ outcome: 'sent' }, sent.answers],
      [{ outcome: 'unanswered' }, unavailable],
    ])
    gauge('safe_completions_last_run_tokens', 'Tokens paid for in the last run.', [
      [{ type: 'input' }, sent.promptTokens],
      [{ type: 'output' }, sent.completionTokens],
    ])
    gauge('safe_completions_last_run_cost_usd', 'Dollars, of the answers whose price is known.', one(sent.costUsd))
  }
  await mkdir(dirname(path), { recursive: true })
  await writeWhole(path, await registry.metrics())
}

function one(value: number): readonly Row[] {
  return [[{}, value]]
}

function labelRejected(kind: string, counts: RejectionCounts): readonly Row[] {
  return flattenCounts(counts).map(({ stage, code, count }) => [{ kind, stage, code }, count])
}

async function readLastSuccess(path: string): Promise<number | null> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const value = new RegExp(`^${successName}\\{[^}]*\\} (\\S+)$`, 'm').exec(text)?.[1]
  return value === undefined ? null : Number(value)
}
