/*
 * Wall time and memory of a comparison of two builds of 100,000 accepted rows (and as many rejected candidates):
 *
 *   npx node bench/diff.ts [prompts]
 *
 * Every tenth prompt has another answer in B, every hundredth has no row there. The comparison runs in a process of its
 * own, as a user runs it; its peak RSS is what the kernel reports of that process. With half the prompts in a second
 * pair, so that growth shows.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Rejection } from '../pipeline/records/rejection.ts'
import type { Sample } from '../pipeline/records/sample.ts'
import { writeHandMadeBuild } from '../test/diff/hand-made-build.ts'
import { candidateId, makeSample, rejectSample } from '../test/diff/row-makers.ts'

const prompts = Number(process.argv[2] ?? 100_000)
const main = resolve(import.meta.dirname, '../pipeline/cli/main.ts')
const folder = await mkdtemp(join(tmpdir(), 'bench-diff-'))

process.stdout.write(`node ${process.versions.node}, ${cpus().length} cores\n`)
try {
  for (const count of [Math.round(prompts / 2), prompts]) {
    const [a, b] = [join(folder, `a-${count}`), join(folder, `b-${count}`)]
    const bytes = (await writeBuild(a, count, false)) + (await writeBuild(b, count, true))
    process.stdout.write(`${count} prompts a build, ${Math.round(bytes / 1e6)} MB of Parquet in both\n`)
    await measure('  text', [a, b])
    await measure('  text, --rows, --html', [
      a,
      b,
      '--rows',
      join(folder, 'rows.jsonl'),
      '--html',
      join(folder, 'page.html'),
    ])
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function writeBuild(path: string, count: number, isEdited: boolean): Promise<number> {
  const { shards, rejected } = await writeHandMadeBuild(path, {
    samples: writeSamples(count, isEdited),
    rejections: writeRejections(count, isEdited),
  })
  const sizes = await Promise.all([...shards, ...rejected].map((one) => stat(join(path, one.path))))
  return sizes.reduce((sum, { size }) => sum + size, 0)
}

function* writeSamples(count: number, isEdited: boolean): Generator<Sample> {
  for (let n = 0; n < count; n += 1) if (!isEdited || n % 100 !== 0) yield sampleOf(n, isEdited)
}

function* writeRejections(count: number, isEdited: boolean): Generator<Rejection> {
  for (let n = 0; n < count; n += 1) {
    if (isEdited && n % 100 === 0) yield rejectSample(sampleOf(n, true), 'unsafe')
    yield rejectSample({ ...sampleOf(n, isEdited), id: candidateId(`loser of ${n}`) }, 'outranked')
  }
}

/** About 4,000 characters of text, as rows of the demo have. */
function sampleOf(n: number, isEdited: boolean): Sample {
  const isOther = isEdited && n % 10 === 0
  const words = (seed: number, length: number): string =>
    Array.from({ length }, (_, word) => (((n + 1) * (word + 7) * seed * 7919) % 99_991).toString(36)).join(' ')
  return makeSample(n, {
    category: ['cyber', 'fraud', 'general'][n % 3] ?? 'general',
    intent: (['benign', 'dual_use', 'malicious'] as const)[n % 3] ?? 'benign',
    prompt: [{ role: 'user', content: words(3, 80) }],
    reasoning: words(5, 300),
    answer: words(isOther ? 13 : 11, 450),
    mode: isOther ? 'safe_completion' : 'direct_answer',
    ...(isOther ? { id: candidateId(`other of ${n}`), helpfulness: 2 / 3 } : {}),
  })
}

async function measure(name: string, args: readonly string[]): Promise<void> {
  // The peak is read from /proc while the process lives: Node tells it only of the process itself.
  const script = [
    `process.argv.splice(1, 1, ${JSON.stringify(main)})`,
    `process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS + '\\n'))`,
    `await import(${JSON.stringify(main)})`,
  ].join('\n')
  const start = performance.now()
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', script, 'main', 'diff', ...args],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let text = ''
  child.stderr.setEncoding('utf8').on('data', (piece: string) => (text += piece))
  await once(child, 'close')
  const peak = /^peak (\d+)$/m.exec(text)?.[1]
  if (child.exitCode !== 0 || peak === undefined) throw new Error(`expected a comparison, got: ${text}`)
  const seconds = (performance.now() - start) / 1000
  process.stdout.write(
    `${name.padEnd(24)} ${seconds.toFixed(1)} s wall, ${Math.round(Number(peak) / 1024)} MB peak RSS\n`,
  )
}
