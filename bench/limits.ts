/*
 * How much of what a server allows the pipeline gets out of it, when nobody tells it the limits:
 *
 *   npx node bench/limits.ts [--seconds 90]
 *
 * All cases run at the same time in real time, each against two servers (another process): one for the pipeline's
 * retries, lane and client as a build has them, one for the same client and retries without a lane, in a process of
 * their own, at a fixed concurrency of 64. There is always more to send than is allowed. The servers count. Shares are of what the server
 * allows: above 100% where a bucket was full at the start. "Lost" are requests that failed after all their tries.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { openProvider } from '../pipeline/cli/open-executor.ts'
import { modelConfigSchema } from '../pipeline/config/model-config.ts'
import { demand, keepBusy } from './support/keep-busy.ts'
import { limitCases, type LimitCase } from './support/limit-cases.ts'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '90' } } })
const seconds = Number(values.seconds)
const firstS = Math.min(60, seconds)

const drain = new AbortController()
const server = fork(new URL('support/serve-limited-model.ts', import.meta.url))
const [urls] = await once(server, 'message')
const pairs = z.array(z.tuple([z.string(), z.string()])).parse(urls)
const countsSchema = z.array(z.array(z.object({ admitted: z.number(), refused: z.number(), tokens: z.number() })))

const retrying = fork(
  new URL('support/send-with-retries.ts', import.meta.url),
  pairs.map(([, forRetries]) => forRetries),
)
const lost = pairs.map(([baseUrl]) => {
  const config = modelConfigSchema.parse({ baseUrl, model: 'limited', apiKeyEnv: null, concurrency: demand })
  const surroundings = { drain: drain.signal, onHopeless: report, note: () => undefined }
  return keepBusy(openProvider('limited', config, null, surroundings).provider, baseUrl, drain.signal)
})

const start = await readCounts()
await sleep(firstS * 1000)
const middle = await readCounts()
await sleep((seconds - firstS) * 1000)
const end = await readCounts()
retrying.send('lost')
const [lostRetrying] = await once(retrying, 'message')
const lostByRetries = z.array(z.number()).parse(lostRetrying)

process.stdout.write(
  `node ${process.versions.node}, ${seconds} s, answers after 200 to 800 ms, 400 to 1,600 tokens; 429s of all requests\n\n`,
)
line('', `first ${firstS} s`, '429', `after ${firstS} s`, '429', 'lost')
for (const [n, one] of limitCases.entries()) {
  const losses = [lost[n]?.(), lostByRetries[n]]
  for (const [which, label] of [one.name, `  plain retries, ${demand} at once`].entries()) {
    const first = describe(one, start[n]?.[which], middle[n]?.[which], 0, firstS)
    const after = describe(one, middle[n]?.[which], end[n]?.[which], firstS, seconds)
    line(label, ...first, ...after, String(losses[which]))
  }
}
drain.abort()
server.kill()
retrying.kill()
process.exit(0)

type Counts = z.infer<typeof countsSchema>[number][number]

async function readCounts(): Promise<z.infer<typeof countsSchema>> {
  server.send('counts')
  const [counts] = await once(server, 'message')
  return countsSchema.parse(counts)
}

function describe(
  one: LimitCase,
  from: Counts | undefined,
  to: Counts | undefined,
  fromS: number,
  toS: number,
): [string, string] {
  if (from === undefined || to === undefined || toS === fromS) return ['-', '-']
  const served = to.admitted - from.admitted
  const refused = to.refused - from.refused
  const tokens = (to.tokens - from.tokens) / 1000
  const amount = one.limits.tokensPerMinute === undefined ? served : tokens
  return [percent(amount / allowed(one, fromS, toS)), percent(refused / Math.max(1, served + refused))]
}

/** Requests, or thousands of tokens. */
function allowed({ allowedPerSecond, change }: LimitCase, fromS: number, toS: number): number {
  if (change === undefined) return allowedPerSecond * (toS - fromS)
  const changedS = Math.max(0, Math.min(toS, change.untilS) - Math.max(fromS, change.fromS))
  return allowedPerSecond * (toS - fromS - changedS) + change.allowedPerSecond * changedS
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`
}

function line(...[name = '', ...cells]: readonly string[]): void {
  process.stdout.write(`${name.padEnd(32)}${cells.map((cell) => cell.padStart(12)).join('')}\n`)
}

function report(error: Error): void {
  process.stderr.write(`${error.message}\n`)
}
