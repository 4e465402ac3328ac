/*
 * Time and memory of the audit page over a build of 100,000 accepted rows (and as many rejected candidates):
 *
 *   npx node bench/audit.ts [rows]
 *
 * The command runs in a process of its own, as a user runs it, and is asked over HTTP: from its start to the first sample
 * on the page, the samples after it, filters, a search through all texts, a page deep in a sorted list. Its CPU time and peak
 * RSS are what the kernel reports. Then the same with half the rows, so that growth shows.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, mkdtemp, rm, stat } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { Rejection } from '../pipeline/records/rejection.ts'
import type { Sample } from '../pipeline/records/sample.ts'
import { makeAuditSample, makeSibling } from '../test/audit/audit-rows.ts'
import { writeHandMadeBuild } from '../test/diff/hand-made-build.ts'

const rows = Number(process.argv[2] ?? 100_000)
const main = resolve(import.meta.dirname, '../pipeline/cli/main.ts')
const folder = await mkdtemp(join(tmpdir(), 'bench-audit-'))
/** Samples read one after the other. */
const steps = 100

process.stdout.write(`node ${process.versions.node}, ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'})\n`)
try {
  for (const count of [Math.round(rows / 2), rows]) {
    const path = join(folder, `build-${count}`)
    const bytes = await writeBuild(path, count)
    process.stdout.write(`${count} accepted, ${count} rejected, ${Math.round(bytes / 1e6)} MB of Parquet\n`)
    await measure(path)
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function writeBuild(path: string, count: number): Promise<number> {
  const { shards, rejected } = await writeHandMadeBuild(path, {
    samples: writeSamples(count),
    rejections: writeRejections(count),
  })
  const sizes = await Promise.all([...shards, ...rejected].map((one) => stat(join(path, one.path))))
  return sizes.reduce((sum, { size }) => sum + size, 0)
}

function* writeSamples(count: number): Generator<Sample> {
  for (let n = 0; n < count; n += 1) yield makeAuditSample(n, textsOf(n, 11))
}

function* writeRejections(count: number): Generator<Rejection> {
  for (let n = 0; n < count; n += 1) {
    const code = (['outranked', 'unsafe', 'unhelpful'] as const)[n % 3] ?? 'outranked'
    yield makeSibling(n, code, textsOf(n, 13), { voteSpread: (n % 5) / 8 })
  }
}

/** About 4,000 characters of text, as rows of the demo have. */
function textsOf(n: number, seed: number): Partial<Sample> {
  const words = (salt: number, length: number): string =>
    Array.from({ length }, (_, word) => (((n + 1) * (word + 7) * salt * 7919) % 99_991).toString(36)).join(' ')
  return {
    category: ['cyber', 'fraud', 'general'][n % 3] ?? 'general',
    intent: (['benign', 'dual_use', 'malicious'] as const)[n % 3] ?? 'benign',
    helpfulness: n % 2 === 0 ? 1 : 2 / 3,
    prompt: [{ role: 'user', content: words(3, 80) }],
    reasoning: words(5, 300),
    answer: words(seed, 450),
  }
}

async function measure(build: string): Promise<void> {
  const start = performance.now()
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', main, 'audit', build, '--store', `${build}.db`, '--new-store'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const ended = once(child, 'exit')
  try {
    const lines = createInterface({ input: child.stdout })
    const [address] = await firstOf(lines, /^open +(http\S+)$/)
    const served = await enter(address)
    report('start to first sample', [await time(start, () => served.read('/queue?order=uncertain'))])
    process.stdout.write(`  ${'CPU until then'.padEnd(28)} ${(await readCpuSeconds(child.pid)).toFixed(2)} s\n`)
    report('next samples', await walk(served, '/queue?order=near'))
    report(
      'filter',
      await timeEach(served, ['code=unsafe&category=fraud', 'disagree=either&intent=dual_use', 'min=0.5&max=0.9']),
    )
    report('random per stratum', await timeEach(served, ['order=random&n=20&strata=category&strata=outcome&seed=3']))
    report('search in all texts', await timeEach(served, ['text=no+such+words', 'text=2k1']))
    report('deep page of a sorted list', [
      await time(performance.now(), () => served.read(`/list?order=uncertain&page=900`)),
    ])
    process.stdout.write(`  ${'peak RSS'.padEnd(28)} ${await readPeakMb(child.pid)} MB\n`)
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}

async function firstOf(lines: AsyncIterable<string>, pattern: RegExp): Promise<readonly [string]> {
  for await (const line of lines) {
    const found = pattern.exec(line)?.[1]
    if (found !== undefined) return [found]
  }
  throw new Error('expected an address, got the end of the command')
}

type Served = { readonly read: (path: string) => Promise<string> }

/** Follows redirects, as they are a part of what a reader waits for. */
async function enter(address: string): Promise<Served> {
  const entrance = await fetch(address, { redirect: 'manual' })
  const cookie = entrance.headers.get('set-cookie')?.split(';')[0] ?? ''
  const read = async (path: string): Promise<string> => {
    const reply = await fetch(new URL(path, address), { headers: { cookie }, redirect: 'manual' })
    const location = reply.headers.get('location')
    const body = await reply.text()
    if (location !== null) return await read(location)
    if (reply.status !== 200) throw new Error(`expected ${path} to be a page, got ${reply.status}`)
    return body
  }
  return { read }
}

/** As one who reads: the next page is asked for when this one has come, without a pause for reading. */
async function walk({ read }: Served, path: string): Promise<readonly number[]> {
  let page = await read(path)
  const times: number[] = []
  for (let n = 0; n < steps; n += 1) {
    const next = /rel="next" href="([^"]+)"/.exec(page)?.[1]?.replaceAll('&amp;', '&')
    if (next === undefined) break
    times.push(await time(performance.now(), async () => (page = await read(next))))
  }
  return times
}

async function timeEach({ read }: Served, queries: readonly string[]): Promise<readonly number[]> {
  const times: number[] = []
  for (const query of queries) times.push(await time(performance.now(), () => read(`/queue?${query}`)))
  return times
}

async function time(start: number, work: () => Promise<unknown>): Promise<number> {
  await work()
  return performance.now() - start
}

function report(name: string, times: readonly number[]): void {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): string =>
    `${Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0)} ms`
  const words =
    times.length < 3
      ? times.map((one) => `${Math.round(one)} ms`).join(', ')
      : `median ${at(0.5)}, p95 ${at(0.95)} of ${times.length}`
  process.stdout.write(`  ${name.padEnd(28)} ${words}\n`)
}

/** What a busy machine does not change much. In the kernel's ticks of 10 ms. */
async function readCpuSeconds(pid: number | undefined): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

async function readPeakMb(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024)
}
