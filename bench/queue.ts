/*
 * The store and the queue on a PostgreSQL of its own (Debian's package, its defaults but for `shared_buffers`, every commit
 * synced), on this machine's disk:
 *
 *   npx node bench/queue.ts [--entries 20000] [--jobs 10000] [--folder /var/tmp]
 *
 * Puts, by how many writers wait at once, and gets; jobs from a coordinator through the queue, a worker with a model that
 * answers at once, and the store, back to the coordinator; bytes of an answer on disk, for requests of a real build's sizes
 * and mixture. Server, coordinator and worker share the cores. A put resolves when its commit is synced: on a tmpfs a sync
 * costs nothing.
 */
import { readFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { StoredAnswer } from '../pipeline/answers/answer-store.ts'
import { openPostgres } from '../pipeline/answers/postgres-database.ts'
import { createRunRegistry } from '../pipeline/answers/postgres-runs.ts'
import { createPostgresStore, openPostgresStore } from '../pipeline/answers/postgres-store.ts'
import { digestRequest } from '../pipeline/answers/request-digest.ts'
import { openJobQueue } from '../pipeline/executors/queue/job-queue.ts'
import { createQueueExecutor } from '../pipeline/executors/queue/queue-executor.ts'
import { work } from '../pipeline/executors/queue/work.ts'
import { createStoredModelPort } from '../pipeline/models/stored-model-port.ts'
import type { ModelRequest } from '../pipeline/records/request.ts'
import { runSql, startPostgres } from '../test/support/postgres.ts'

const { values } = parseArgs({
  options: {
    entries: { type: 'string', default: '20000' },
    jobs: { type: 'string', default: '10000' },
    folder: { type: 'string', default: '/var/tmp' },
  },
})
const [total, jobs] = [Number(values.entries), Number(values.jobs)]
const [endpoint, model] = ['http://bench.invalid/v1', 'bench']
const policy = 'A policy clause of some length. '.repeat(500)
/** Of one prompt with two candidates and the judges safety (two votes), mode, helpfulness and reasoning. */
const mixture = [
  { step: 'classify', count: 1, requestCharacters: 600, answerCharacters: 300 },
  { step: 'generate', count: 2, requestCharacters: 600, answerCharacters: 3000 },
  { step: 'grade', count: 10, requestCharacters: 3600, answerCharacters: 700 },
] as const
const perPrompt = mixture.reduce((sum, { count }) => sum + count, 0)

/** Words that compress about as English does. */
const words = Array.from({ length: 4000 }, (_, n) => (n * 7919).toString(36) + 'aeiou'[n % 5])
let seed = 1
function writeText(characters: number): string {
  let text = ''
  while (text.length < characters) {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    text += `${words[seed % words.length]} `
  }
  return text
}

function makeRequest(n: number, characters: number): ModelRequest {
  return {
    endpoint,
    model,
    messages: [
      { role: 'system', content: `${policy}${n % 15}` },
      { role: 'user', content: `${n} ${writeText(characters)}` },
    ],
    parameters: { temperature: 1, max_completion_tokens: 4096 },
    schema: null,
    structuredOutput: 'json_schema',
    repeat: 0,
  }
}

function makeAnswer(text: string): StoredAnswer['answer'] {
  const usage = { promptTokens: 4500, completionTokens: 300, cachedPromptTokens: 4000, reasoningTokens: 0 }
  return {
    finish: 'complete',
    text,
    reasoning: '',
    refusal: '',
    usage,
    servedModel: model,
    responseId: 'chatcmpl-0123456789',
  }
}

function makeEntry(n: number): StoredAnswer {
  let place = n % perPrompt
  const kind = mixture.find(({ count }) => (place -= count) < 0) ?? mixture[0]
  const request = makeRequest(n, kind.requestCharacters)
  const answer = makeAnswer(writeText(kind.answerCharacters))
  const [createdAt, category] = [new Date().toISOString(), 'fraud']
  return { digest: digestRequest(request), request, answer, step: kind.step, category, createdAt, latencyMs: 900 }
}

async function runAtOnce<Item>(
  items: readonly Item[],
  atOnce: number,
  use: (item: Item) => Promise<unknown>,
): Promise<number> {
  const start = performance.now()
  const queue = items.values()
  const one = async (): Promise<void> => {
    for (const item of queue) await use(item)
  }
  await Promise.all(Array.from({ length: atOnce }, one))
  return (performance.now() - start) / 1000
}

function print(name: string, count: number, seconds: number, unit: string): void {
  process.stdout.write(`${name.padEnd(44)} ${Math.round(count / seconds)} ${unit}/s\n`)
}

const server = await startPostgres(values.folder, ['shared_buffers=512MB'])
try {
  process.stdout.write(`node ${process.versions.node}, ${cpus().length} cores, ${total} entries, ${jobs} jobs\n`)
  await measureStore(await server.createDatabase())
  await measureQueue(await server.createDatabase())
} finally {
  await server.close()
}

async function measureStore(url: string): Promise<void> {
  const store = await openPostgresStore({ url, name: 'bench' })
  const entries = Array.from({ length: total }, (_, n) => makeEntry(n))
  const [few, some] = [entries.slice(0, 200), entries.slice(200, 2200)]
  print('puts, 1 writer', few.length, await runAtOnce(few, 1, store.put), 'puts')
  print('puts, 16 writers', some.length, await runAtOnce(some, 16, store.put), 'puts')
  const rest = entries.slice(2200)
  print('puts, 256 writers', rest.length, await runAtOnce(rest, 256, store.put), 'puts')
  print('gets, 256 readers', total, await runAtOnce(entries, 256, ({ digest }) => store.get(digest)), 'gets')
  await store.close()
  await runSql(url, 'VACUUM ANALYZE')
  const size = "pg_total_relation_size('safe_completions.answers')"
  const sizes = await runSql(
    url,
    `SELECT ${size}::int AS bytes, pg_indexes_size('safe_completions.answers')::int AS indexes`,
  )
  const raw = entries.reduce(
    (sum, { request, answer }) => sum + (request.messages[1]?.content.length ?? 0) + answer.text.length,
    0,
  )
  process.stdout.write(`bytes, ${total} answers of the mixture: ${JSON.stringify(sizes[0])}, of texts alone ${raw}\n`)
}

/** One coordinator and one worker, in this process. */
async function measureQueue(url: string): Promise<void> {
  const target = { url, name: 'bench' }
  const lanes = [{ endpoint, model, concurrency: 256 }]
  const [database, workerDatabase] = [await openPostgres(target), await openPostgres(target)]
  const registry = createRunRegistry(database)
  const [queue, workerQueue] = [await openJobQueue(target, lanes, print1), await openJobQueue(target, lanes, print1)]
  await registry.start('run', 'bench')
  const [drain, stop] = [new AbortController(), new AbortController()]
  const answer = makeAnswer(writeText(1200))
  const store = createPostgresStore(workerDatabase)
  const models = createStoredModelPort({
    store,
    executor: { execute: async () => ({ status: 'answered', answer, latencyMs: 0 }) },
    observe: () => undefined,
    timestamp: () => new Date().toISOString(),
  })
  const working = work({
    queue: workerQueue,
    registry: createRunRegistry(workerDatabase),
    lanes,
    models,
    onStart: () => undefined,
    onEnd: () => undefined,
    flush: async () => undefined,
    hopeless: () => null,
    drain: drain.signal,
  })
  const executor = createQueueExecutor({
    queue,
    registry,
    lanes,
    run: 'run',
    tariffOf: () => null,
    drain: drain.signal,
    stop: stop.signal,
    onHopeless: print1,
    onBudget: print1,
    note: print1,
    now: () => performance.now(),
  })
  const requests = Array.from({ length: jobs }, (_, n) => makeRequest(n, 2900))
  const ask = (request: ModelRequest) =>
    executor.execute(request, { step: 'grade', category: null, digest: digestRequest(request) })
  const before = process.cpuUsage()
  const serverBefore = await readServerSeconds(url)
  const seconds = await runAtOnce(requests, 512, ask)
  const { user, system } = process.cpuUsage(before)
  print('jobs, 512 rows in flight, one worker', jobs, seconds, 'jobs')
  process.stdout.write(
    `cpu of coordinator and worker: ${(((user + system) / 1e6 / jobs) * 1000).toFixed(2)} s per 1,000 jobs\n`,
  )
  await runSql(url, 'VACUUM ANALYZE')
  const left = await runSql(url, "SELECT pg_total_relation_size('safe_completions_queue.job_common')::int AS bytes")
  process.stdout.write(`the queue's table afterwards: ${JSON.stringify(left[0])}\n`)
  drain.abort()
  await working
  await executor.settle()
  await Promise.all([queue.close(), workerQueue.close()])
  await Promise.all([store.close(), database.close()])
  const serverSeconds = (await readServerSeconds(url)) - serverBefore
  process.stdout.write(`cpu of the server: ${((serverSeconds / jobs) * 1000).toFixed(2)} s per 1,000 jobs\n`)
}

/** CPU of the server's processes that have ended, those of closed connections among them. In ticks of 10 ms. */
async function readServerSeconds(url: string): Promise<number> {
  // The server takes a moment to see that a connection was closed.
  await sleep(1000)
  const [row] = await runSql(url, "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1) AS pid")
  const fields = (await readFile(`/proc/${String(Object.values(Object(row))[0])}/stat`, 'utf8')).split(' ')
  return fields.slice(13, 17).reduce((sum, ticks) => sum + Number(ticks), 0) / 100
}

function print1(...words: readonly string[]): void {
  process.stdout.write(`${words.join(' ')}\n`)
}
