import { PgBoss } from 'pg-boss'
import type { PostgresTarget } from '../../answers/postgres-database.ts'
import { explainPostgresError } from '../../answers/postgres-errors.ts'
import { patiently } from '../../answers/postgres-patience.ts'
import { batchCalls } from '../../answers/batch-calls.ts'
import { jobSchema, nameQueue, type Job, type LaneName } from './job.ts'

/*
 * The only importer of pg-boss. A job's states here:
 *
 *   queued -> taken -> gone
 *   taken -> queued: given back, or its worker missed its heartbeats
 *
 * A request has one job at most that is queued or taken (policy `exclusive`, its key is the request's digest), so two
 * coordinators that ask the same share it. Jobs that are done are deleted at once: what they brought is in the store.
 */

export type TakenJob = {
  readonly job: Job
  /** Names this attempt: once the job was given to another worker, what the first one says of it is ignored. */
  readonly attempt: { readonly id: string; readonly retryCount: number }
}

export type JobQueue = {
  /** Those whose request has a job already are left out. */
  readonly put: (lane: LaneName, jobs: readonly Job[]) => Promise<void>
  readonly take: (lane: LaneName, most: number) => Promise<readonly TakenJob[]>
  readonly finish: (lane: LaneName, job: TakenJob) => Promise<void>
  readonly giveBack: (lane: LaneName, job: TakenJob) => Promise<void>
  readonly keepAlive: (lane: LaneName, jobs: readonly TakenJob[]) => Promise<void>
  /** Deletes the queued jobs of a run. */
  readonly dropQueued: (lane: LaneName, run: string) => Promise<void>
  /** Digests of a run's jobs that are queued or taken. */
  readonly listDigests: (lane: LaneName, run: string) => Promise<ReadonlySet<string>>
  readonly close: () => Promise<void>
}

const schema = 'safe_completions_queue'
/**
 * As long as queries are patient: a worker that cannot beat while the server is away is not dead, and its requests in
 * flight are not to be sent twice. A worker that is killed holds its jobs for that long, and one look more.
 */
const heartbeatSeconds = 180
const superviseSeconds = 2
/** Longer than any request with its tries and waits; a worker that lives and hangs for longer loses its job. */
const expireSeconds = 12 * 3600
/** Deaths of workers under one job; a job that is given back counts too. */
const retryLimit = 10_000
const mostListed = 100_000
const jobsAtOnce = 500

/** @throws UserError `answer_store`, as for the store. */
export async function openJobQueue(
  { url, name }: PostgresTarget,
  lanes: readonly LaneName[],
  onProblem: (problem: string) => void,
): Promise<JobQueue> {
  const boss = new PgBoss({
    connectionString: url,
    application_name: 'safe-completions queue',
    schema,
    max: 3,
    schedule: false,
    superviseIntervalSeconds: superviseSeconds,
    monitorIntervalSeconds: superviseSeconds,
  })
  let told = ''
  // Of its own maintenance, which it does again, every few seconds.
  boss.on('error', ({ message }) => {
    if (message !== told) onProblem(message)
    told = message
  })
  const ask = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await patiently(url, work)
    } catch (error) {
      throw explainPostgresError(error, name)
    }
  }
  const options = { policy: 'exclusive', retryLimit, retryDelay: 0, expireInSeconds: expireSeconds, heartbeatSeconds }
  try {
    await ask(() => boss.start())
    for (const lane of lanes) await ask(() => boss.createQueue(nameQueue(lane), options))
  } catch (error) {
    await boss.stop({ graceful: false }).catch(() => undefined)
    throw error
  }
  const finishes = new Map(
    lanes.map((lane) => {
      const queue = nameQueue(lane)
      return [
        queue,
        batchCalls<TakenJob, true>(async (jobs) => {
          await ask(() =>
            boss.deleteJob(
              queue,
              jobs.map(({ attempt }) => attempt),
            ),
          )
          return jobs.map(() => true)
        }, jobsAtOnce),
      ] as const
    }),
  )
  const findJobs = (lane: LaneName, run: string, queued: boolean) =>
    ask(() => boss.findJobs(nameQueue(lane), { data: { run }, queued, limit: mostListed }))
  return {
    put: async (lane, jobs) => {
      // With its own heartbeat: a queue keeps the one that it was made with.
      const inserts = jobs.map((job) => ({ singletonKey: job.digest, data: job, heartbeatSeconds }))
      for (let n = 0; n < inserts.length; n += jobsAtOnce) {
        await ask(() => boss.insert(nameQueue(lane), inserts.slice(n, n + jobsAtOnce)))
      }
    },
    take: async (lane, most) => {
      const fetched = await ask(() => boss.fetch(nameQueue(lane), { batchSize: Math.min(most, jobsAtOnce) }))
      return fetched.map(({ id, retryCount, data }) => ({ job: jobSchema.parse(data), attempt: { id, retryCount } }))
    },
    finish: async (lane, job) => void (await finishes.get(nameQueue(lane))?.call(job)),
    giveBack: async (lane, { attempt }) => void (await ask(() => boss.fail(nameQueue(lane), [attempt]))),
    keepAlive: async (lane, jobs) => {
      const attempts = jobs.map(({ attempt }) => attempt)
      if (attempts.length > 0) await ask(() => boss.touch(nameQueue(lane), attempts))
    },
    dropQueued: async (lane, run) => {
      const ids = (await findJobs(lane, run, true)).map(({ id }) => id)
      if (ids.length > 0) await ask(() => boss.deleteJob(nameQueue(lane), ids))
    },
    listDigests: async (lane, run) => {
      const jobs = await findJobs(lane, run, false)
      const pending = jobs.filter(({ state }) => state === 'created' || state === 'retry' || state === 'active')
      return new Set(pending.map(({ data }) => jobSchema.parse(data).digest))
    },
    close: async () => {
      for (const finishing of finishes.values()) await finishing.settle()
      await boss.stop({ graceful: false })
    },
  }
}
