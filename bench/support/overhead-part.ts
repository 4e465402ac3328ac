/* One part of bench/overhead.ts or bench/warm.ts, measured in its own process; prints a JSON line. */
import { findStandingDecisions } from '../../pipeline/decisions/standing-decisions.ts'
import { join } from 'node:path'
import { OpenAI } from 'openai'
import { Agent, request } from 'undici'
import { openSqliteStore } from '../../pipeline/answers/sqlite-store.ts'
import { resolveBuild } from '../../pipeline/build/resolve-build.ts'
import { runBuild } from '../../pipeline/build/run-build.ts'
import { openProvider } from '../../pipeline/cli/open-executor.ts'
import { modelConfigSchema } from '../../pipeline/config/model-config.ts'
import { loadConfig } from '../../pipeline/config/load-config.ts'
import { rules } from '../../pipeline/graders/rules/index.ts'
import { createLiveExecutor } from '../../pipeline/executors/live.ts'
import { createChatBody } from '../../pipeline/models/chat-body.ts'
import { createOpenAiProvider } from '../../pipeline/models/openai-provider.ts'
import type { ModelRequest } from '../../pipeline/records/request.ts'
import { openShardWriter } from '../../pipeline/shards/writers.ts'

const [folder = '', endpoint = '', concurrencyText = '', part, variant] = process.argv.slice(2)
const concurrency = Number(concurrencyText)
const storePath = join(folder, '.safe-completions/answers.db')
const timeoutMs = 60_000

// Imports are in no figure, those that a build makes by itself neither.
await Promise.all([import('../../pipeline/build/run-stages.ts'), openShardWriter('parquetjs-lite')])
for (const rule of rules) rule.load?.()

const requests = part === 'client' ? await readRequests() : []
const startMs = performance.now()
const startCpu = process.cpuUsage()
const count = part === 'client' ? await runClient() : await runPipeline()
const { user, system } = process.cpuUsage(startCpu)
const measured = {
  wallS: (performance.now() - startMs) / 1000,
  cpuS: (user + system) / 1e6,
  peakRssMb: process.resourceUsage().maxRSS / 1024,
  requests: count,
}
process.stdout.write(`${JSON.stringify(measured)}\n`)
process.exit(0)

async function runPipeline(): Promise<number> {
  const never = new AbortController().signal
  const { config } = await loadConfig(join(folder, 'config.yaml'))
  const resolved = await resolveBuild(config, folder)
  const store = openSqliteStore(storePath)
  const settings = modelConfigSchema.parse({ baseUrl: endpoint, model: 'play', apiKeyEnv: null, concurrency })
  const onHopeless = (error: Error): void => {
    throw error
  }
  const { provider } = openProvider('play', settings, null, { drain: never, onHopeless, note: () => undefined })
  const result = await runBuild(resolved, {
    store,
    decisions: findStandingDecisions([]),
    calibrations: [],
    executor: createLiveExecutor({
      lanes: [{ endpoint, model: 'play', provider, concurrency: Infinity }],
      drain: never,
      stop: never,
      onHopeless,
      now: () => performance.now(),
    }),
    drain: never,
    priceOf: () => null,
    timestamp: () => new Date().toISOString(),
    now: () => performance.now(),
    onProgress: () => undefined,
    keepStages: false,
    regrade: null,
    recompute: part === 'recompute',
  })
  await store.close()
  const { reused, run } = result.ledger.total()
  return reused + run.answers
}

async function readRequests(): Promise<readonly ModelRequest[]> {
  const store = openSqliteStore(storePath)
  const found: ModelRequest[] = []
  for await (const { request } of store.entries()) found.push(request)
  await store.close()
  return found
}

/** A loop of `concurrency` workers over the requests, with nothing behind the client. */
async function runClient(): Promise<number> {
  const send = variant === 'undici' ? openUndici() : variant === 'provider' ? openOurs() : openClient()
  let next = 0
  const work = async (): Promise<void> => {
    for (let one = requests[next++]; one !== undefined; one = requests[next++]) await send(one)
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  return requests.length
}

type Send = (request: ModelRequest) => Promise<unknown>

function openClient(): Send {
  const client = new OpenAI({ apiKey: 'none', baseURL: endpoint, maxRetries: 0, timeout: timeoutMs })
  return (request) => client.chat.completions.create(createChatBody(request, request.structuredOutput))
}

function openOurs(): Send {
  const provider = createOpenAiProvider({ endpoint, apiKey: 'none', timeoutMs })
  const { signal } = new AbortController()
  return (request) => provider.send(request, signal)
}

function openUndici(): Send {
  const dispatcher = new Agent({ connections: 1024 })
  const headers = { 'content-type': 'application/json' }
  return async (one) => {
    const url = `${endpoint}/chat/completions`
    const body = JSON.stringify(createChatBody(one, one.structuredOutput))
    const reply = await request(url, { dispatcher, method: 'POST', headers, body })
    return await reply.body.json()
  }
}
