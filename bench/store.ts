/*
 * The answer store on this disk: durable puts with group commit, by how many writers wait at once, and gets:
 *
 *   npx node bench/store.ts [--entries 20000] [--folder .]
 *
 * Entries are of a judge request's size (1 KB, its system message of 16 KB shared) with an answer of 1 KB. A put
 * resolves when its commit is synced; a writer waits for each of its puts. The folder must be on a real disk: a sync
 * costs nothing on a tmpfs.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { StoredAnswer } from '../pipeline/answers/answer-store.ts'
import { openDatabase } from '../pipeline/answers/open-database.ts'
import { digestRequest, digestSubject } from '../pipeline/answers/request-digest.ts'
import { openSqliteStore } from '../pipeline/answers/sqlite-store.ts'
import { splitRequest } from '../pipeline/answers/stored-request.ts'

const { values } = parseArgs({
  options: { entries: { type: 'string', default: '20000' }, folder: { type: 'string', default: '.' } },
})
const total = Number(values.entries)
const folder = await mkdtemp(join(resolve(values.folder), '.bench-store-'))
const spec = 'A policy clause of some length. '.repeat(500)

try {
  process.stdout.write(`node ${process.versions.node}, ${cpus().length} cores, ${total} entries in ${folder}\n`)
  await measurePuts('1 writer', 1, Math.min(total, 200))
  await measurePuts('16 writers', 16, Math.min(total, 5000))
  await measurePuts('256 writers', 256, total)
  await measurePuts('all at once', total, total)
  await measureCommitEach(Math.min(total, 5000))
  await measureGets(Math.min(total, 20_000))
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function measurePuts(name: string, writers: number, count: number): Promise<void> {
  const store = openSqliteStore(join(folder, `${writers}.db`))
  const entries = Array.from({ length: count }, (_, n) => makeEntry(n))
  await run(`put, ${name}`, entries, writers, (entry) => store.put(entry))
  await store.close()
}

/** What group commit is measured against: a commit and a sync for each entry. */
async function measureCommitEach(count: number): Promise<void> {
  const database = openDatabase(join(folder, 'each.db'))
  const insert = database.prepare(
    'INSERT INTO answers (digest, subject, request, answer, step, created_at, latency_ms) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
  const entries = Array.from({ length: count }, (_, n) => makeEntry(n))
  await run('a commit for each', entries, 1, async ({ digest, request, answer, step, createdAt, latencyMs }) => {
    const { stored } = splitRequest(request)
    const subject = digestSubject(request)
    insert.run(digest, subject, JSON.stringify(stored), JSON.stringify(answer), step, createdAt, latencyMs)
  })
  database.close()
}

async function measureGets(count: number): Promise<void> {
  const store = openSqliteStore(join(folder, `${total}.db`))
  const digests = Array.from({ length: count }, (_, n) => makeEntry(n).digest)
  await run('get', digests, 1, async (digest) => {
    if ((await store.get(digest)) === null) throw new Error(`expected an answer of ${digest}, got none`)
  })
  await store.close()
}

async function run<T>(
  name: string,
  items: readonly T[],
  workers: number,
  step: (item: T) => Promise<unknown>,
): Promise<void> {
  let next = 0
  const work = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await step(item)
  }
  const startMs = performance.now()
  const startCpu = process.cpuUsage()
  await Promise.all(Array.from({ length: workers }, work))
  const wallS = (performance.now() - startMs) / 1000
  const { user, system } = process.cpuUsage(startCpu)
  const cpuMs = (user + system) / items.length
  process.stdout.write(
    `${name.padEnd(18)} ${String(Math.round(items.length / wallS)).padStart(7)} a second, ${cpuMs.toFixed(1)} ms CPU per 1,000\n`,
  )
}

function makeEntry(n: number): StoredAnswer {
  const request = {
    endpoint: 'http://127.0.0.1/v1',
    model: 'judge',
    messages: [
      { role: 'system', content: spec },
      { role: 'user', content: `Conversation ${n}. ${'What the user asked and what was answered. '.repeat(20)}` },
    ],
    parameters: { temperature: 0 },
    schema: null,
    structuredOutput: 'prompt',
    repeat: 0,
  } as const
  return {
    digest: digestRequest(request),
    request,
    answer: {
      finish: 'complete',
      text: `Verdict ${n}. ${'It complies because of clause SP-1. '.repeat(25)}`,
      reasoning: '',
      refusal: '',
      usage: { promptTokens: 4000, completionTokens: 250, cachedPromptTokens: 0, reasoningTokens: 0 },
      servedModel: 'judge-1',
      responseId: `chatcmpl-${n}`,
    },
    step: 'grade:safety',
    category: 'general',
    createdAt: '2026-01-01T00:00:00.000Z',
    latencyMs: 1000,
  }
}
