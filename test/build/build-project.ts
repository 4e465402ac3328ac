import { openCalibrations } from '../../pipeline/cli/open-calibrations.ts'
import { openDecisions } from '../../pipeline/cli/open-decisions.ts'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { stringify } from 'yaml'
import { openSqliteStore } from '../../pipeline/answers/sqlite-store.ts'
import type { Manifest } from '../../pipeline/build/manifest.ts'
import { readManifest } from '../../pipeline/build/read-manifest.ts'
import { resolveBuild } from '../../pipeline/build/resolve-build.ts'
import { runBuild, type BuildProgress, type BuildResult } from '../../pipeline/build/run-build.ts'
import { loadConfig } from '../../pipeline/config/load-config.ts'
import { createLiveExecutor } from '../../pipeline/executors/live.ts'
import { offlineExecutor } from '../../pipeline/executors/offline.ts'
import { createOpenAiProvider } from '../../pipeline/models/openai-provider.ts'
import { withRetry } from '../../pipeline/models/retry.ts'
import type { UserError } from '../../pipeline/records/user-error.ts'
import { readShard } from '../../pipeline/shards/read-shard.ts'
import type { ShardRow } from '../../pipeline/shards/shard-writer.ts'
import { startChatServer, type ChatServer, type ChatServerOptions } from '../support/chat-server.ts'
import { seedPrompts, type SeedPrompt } from './seed-prompts.ts'

/** A config file with its prompts in a folder of its own, as a user has it. */
export type BuildProject = {
  readonly folder: string
  readonly config: string
  /** Where its builds go. */
  readonly home: string
  readonly store: string
}

export type ProjectOptions = {
  readonly baseUrl: string
  readonly prompts?: readonly SeedPrompt[]
  /** Keys of the config that replace the ordinary ones. */
  readonly config?: Readonly<Record<string, unknown>>
  /** Further settings of the one model. */
  readonly model?: Readonly<Record<string, unknown>>
  /** An existing folder; default: a new one, gone when the test ends. */
  readonly folder?: string
}

export async function createProject(options: ProjectOptions): Promise<BuildProject> {
  const folder = options.folder ?? (await createFolder())
  await mkdir(folder, { recursive: true })
  const prompts = options.prompts ?? seedPrompts(12)
  await writeFile(join(folder, 'prompts.jsonl'), prompts.map((prompt) => `${JSON.stringify(prompt)}\n`).join(''))
  const file = join(folder, 'build.yaml')
  await writeFile(file, stringify(writeConfig(options)))
  const store = join(folder, '.safe-completions', 'answers.db')
  return { folder, config: file, home: join(folder, 'builds', 'test'), store }
}

export async function createFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'build-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }))
  return folder
}

/** A server that is closed when the test ends. */
export async function startServer(
  reply: ChatServerOptions['reply'],
  options: Omit<ChatServerOptions, 'reply'> = {},
): Promise<ChatServer> {
  const server = await startChatServer({ reply, ...options })
  onTestFinished(() => server.close())
  return server
}

function writeConfig({ baseUrl, config = {}, model = {} }: ProjectOptions): Record<string, unknown> {
  const [intent, category] = [{ field: 'intent' }, { field: 'category' }]
  return {
    name: 'test',
    sources: [
      { name: 'seeds', path: 'prompts.jsonl', fields: { prompt: 'prompt', family: 'family', intent, category } },
    ],
    models: { play: { baseUrl, model: 'play', apiKeyEnv: null, concurrency: 8, maxTries: 2, ...model } },
    classify: { model: 'play' },
    generate: { model: 'play' },
    grade: {
      panel: [
        { judge: 'safety', model: 'play', votes: 2, stopBelow: 0.5 },
        { judge: 'response-mode', model: 'play', stopBelow: 1 },
        { judge: 'helpfulness', model: 'play' },
        { judge: 'reasoning', model: 'play' },
      ],
    },
    gates: { minGradingCoverage: 0 },
    emit: { validationShare: 0.3 },
    ...config,
  }
}

export type RunOptions = {
  readonly offline?: boolean
  readonly drain?: AbortSignal
  /** Go through every row even where nothing that the build depends on has changed. */
  readonly recompute?: boolean
  /** The strategy regrade-first against this build. */
  readonly regrade?: { readonly folder: string; readonly buildId: string }
  readonly maxTries?: number
  readonly timeoutMs?: number
  readonly onProgress?: (progress: BuildProgress) => void
}

export type ProjectRun = { readonly result: BuildResult; readonly hopeless: UserError | null }

/** Builds in this process as the command does, but with waits of a millisecond between tries. */
export async function runProject(project: BuildProject, options: RunOptions = {}): Promise<ProjectRun> {
  const { config, folder } = await loadConfig(project.config)
  const resolved = await resolveBuild(config, folder)
  const giveUp = new AbortController()
  const drain = options.drain === undefined ? giveUp.signal : AbortSignal.any([giveUp.signal, options.drain])
  let hopeless: UserError | null = null
  const store = openSqliteStore(resolved.storePath)
  const models = Object.values(config.models).map(({ model, baseUrl: endpoint, concurrency, maxTries }) => {
    const provider = createOpenAiProvider({ endpoint, apiKey: null, timeoutMs: options.timeoutMs ?? 5000 })
    const tries = options.maxTries ?? maxTries
    const retries = { maxTries: tries, baseDelayMs: 1, maxDelayMs: 2, random: () => 0.5, drain }
    return {
      lane: { endpoint, model, concurrency, provider: withRetry(provider, retries) },
      close: () => provider.close(),
    }
  })
  const live = createLiveExecutor({
    lanes: models.map(({ lane }) => lane),
    drain,
    stop: new AbortController().signal,
    onHopeless: (error) => {
      hopeless ??= error
      giveUp.abort(error)
    },
    now: () => performance.now(),
  })
  try {
    const result = await runBuild(resolved, {
      store,
      decisions: await openDecisions(resolved),
      calibrations: await openCalibrations(resolved),
      executor: options.offline === true ? offlineExecutor : live,
      drain,
      priceOf: () => null,
      timestamp: () => new Date().toISOString(),
      now: () => performance.now(),
      onProgress: options.onProgress ?? (() => undefined),
      keepStages: false,
      regrade: options.regrade ?? null,
      recompute: options.recompute ?? false,
    })
    return { result, hopeless }
  } finally {
    await store.close()
    for (const { close } of models) await close()
  }
}

export type WholeBuild = {
  readonly path: string
  readonly manifest: Manifest
  readonly samples: readonly ShardRow[]
  readonly rejected: readonly ShardRow[]
}

/** Runs a build that must come out whole, and reads it back. */
export async function buildWhole(project: BuildProject, options: RunOptions = {}): Promise<WholeBuild> {
  const { result } = await runProject(project, options)
  if (result.status === 'incomplete') throw new Error(`expected a whole build, got ${JSON.stringify(result.open[0])}`)
  return await readBuild(result.path)
}

export async function readBuild(path: string): Promise<WholeBuild> {
  const manifest = await readManifest(path)
  const read = (shards: Manifest['shards']): Promise<ShardRow[]> =>
    Promise.all(shards.map((shard) => Array.fromAsync(readShard(join(path, shard.path))))).then((rows) => rows.flat())
  return { path, manifest, samples: await read(manifest.shards), rejected: await read(manifest.rejected) }
}

/** These tell of the run as well. */
const filesOfTheRun: ReadonlySet<string> = new Set([
  'manifest.json',
  'report.json',
  'report.html',
  'gates.json',
  'gate-findings.jsonl',
])

/** Path to SHA-256 of every file that must not depend on when or how often a build ran. */
export async function digestShards(path: string): Promise<Record<string, string>> {
  const digests: Record<string, string> = {}
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name)
    if (!entry.isFile() || filesOfTheRun.has(entry.name)) continue
    digests[file.slice(path.length + 1)] = createHash('sha256')
      .update(await readFile(file))
      .digest('hex')
  }
  return Object.fromEntries(Object.entries(digests).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** The names in a build's home that a user or a scheduler would take for output. */
export async function listVisible(home: string): Promise<readonly string[]> {
  const names = await readdir(home).catch(() => [])
  return names.filter((name) => !name.startsWith('.')).toSorted()
}

export async function readLatest(home: string): Promise<string | null> {
  return await readlink(join(home, 'latest')).catch(() => null)
}
