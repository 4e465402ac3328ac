import { renameSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { nameScratch, writeJson } from '../build/build-folder.ts'
import type { BuildProgress, PhaseEnd } from '../build/run-build.ts'
import type { BuildLog } from './build-log.ts'
import { nothingBuilt, type BuildStatus, type EarlierRun, type RunFacts } from './build-status.ts'

/** Between the ends of phases, which may be a day apart, the file is written this often at most. */
const progressIntervalMs = 10_000

export type StatusFile = {
  readonly previous: EarlierRun | null
  readonly onProgress: (progress: BuildProgress) => void
  readonly onPhaseEnd: (end: PhaseEnd) => Promise<void>
  /** @throws UserError `output_folder` */
  readonly end: (status: BuildStatus) => Promise<void>
  /** For a process that is about to end without waiting for anything. */
  readonly abandon: (status: BuildStatus) => void
}

const statusName = 'status.json'

/**
 * Keeps `status.json` of a build's folder for the run that holds its lock: written whole at the start, at the end of each
 * phase, now and then between, and at the end. A write that fails before the end is told and stops nothing.
 */
export async function openStatusFile(
  home: string,
  run: Omit<RunFacts, 'previous'>,
  log: BuildLog,
  now: () => number,
): Promise<StatusFile> {
  const path = join(home, statusName)
  const previous = describeEarlier(await readStatus(home))
  let writing: Promise<void> = Promise.resolve()
  let lastMs = now()
  let isEnded = false
  const tell = (error: unknown): void =>
    log.event('warn', 'status_not_written', { message: `status.json could not be written: ${String(error)}` })
  const writeAfter = async (earlier: Promise<void>, status: BuildStatus): Promise<void> => {
    await earlier
    if (!isEnded) await writeJson(path, status).catch(tell)
  }
  // One at a time, in order: an older one must not land on a newer one.
  const write = (status: BuildStatus): Promise<void> => (writing = writeAfter(writing, status))
  const running = { ...run, previous, ...runningFacts, updatedAt: run.startedAt }
  await write(running)
  return {
    previous,
    onProgress({ phase, done, total, ledger }) {
      if (now() - lastMs < progressIntervalMs) return
      lastMs = now()
      const at = { phase, progress: { done, total }, requests: structuredClone(ledger.total()) }
      void write({ ...running, ...at, updatedAt: new Date().toISOString() })
    },
    onPhaseEnd({ phase, counts, ledger }) {
      lastMs = now()
      const at = { phase, counts, requests: structuredClone(ledger.total()), message: `${phase} is through` }
      return write({ ...running, ...at, updatedAt: new Date().toISOString() })
    },
    async end(status) {
      isEnded = true
      await writing
      await writeJson(path, status)
    },
    abandon(status) {
      isEnded = true
      const temporary = join(home, nameScratch())
      writeFileSync(temporary, `${JSON.stringify(status, null, 2)}\n`)
      renameSync(temporary, path)
    },
  }
}

const runningFacts = {
  status: 'running',
  exitCode: null,
  message: 'started',
  details: [],
  ...nothingBuilt,
  phase: 'start',
  progress: null,
  finishedAt: null,
} as const

/** As far as another run, of this version or an older one, must be understood. */
const readStatusSchema = z.looseObject({
  status: z.string(),
  exitCode: z.int().nullable(),
  runId: z.string().nullable().default(null),
  message: z.string().default(''),
  startedAt: z.string(),
  updatedAt: z.string().nullable().default(null),
  phase: z.string().nullable().default(null),
  progress: z.object({ done: z.int(), total: z.int().nullable() }).nullable().default(null),
  finishedAt: z.string().nullable(),
})
export type ReadStatus = z.infer<typeof readStatusSchema>

/** The status that stands in a build's folder; null where none can be read. */
export async function readStatus(home: string): Promise<ReadStatus | null> {
  try {
    return readStatusSchema.parse(JSON.parse(await readFile(join(home, statusName), 'utf8')))
  } catch {
    return null
  }
}

/** For the holder of the lock: a run that calls itself running and holds no lock was killed. */
function describeEarlier(status: ReadStatus | null): EarlierRun | null {
  if (status === null) return null
  const { runId, exitCode, startedAt, finishedAt } = status
  return { runId, status: status.status === 'running' ? 'killed' : status.status, exitCode, startedAt, finishedAt }
}
