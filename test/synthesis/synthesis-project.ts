import { mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { z } from 'zod'
import { openSqliteStore } from '../../pipeline/answers/sqlite-store.ts'
import { openRunner, type RunnerOptions } from '../../pipeline/cli/open-runner.ts'
import { createPriceLookup } from '../../pipeline/config/price-table.ts'
import {
  syntheticPromptSchema,
  syntheticRejectionSchema,
  type SyntheticPrompt,
  type SyntheticRejection,
} from '../../pipeline/records/synthetic-prompt.ts'
import { loadSynthesis } from '../../pipeline/synthesis/load-synthesis.ts'
import {
  runSynthesis,
  type SynthesisDependencies,
  type SynthesisResult,
} from '../../pipeline/synthesis/run-synthesis.ts'
import { createFolder } from '../build/build-project.ts'

/** A synthesis config in a folder of its own, as a user has it. */
export type SynthesisProject = { readonly folder: string; readonly config: string; readonly home: string }

export type SynthesisOptions = {
  readonly baseUrl: string
  readonly topics?: readonly Record<string, unknown>[]
  /** Keys of the config that replace the ordinary ones. */
  readonly config?: Readonly<Record<string, unknown>>
  /** Further settings of both models. */
  readonly model?: Readonly<Record<string, unknown>>
}

/** Of one category; no two give near duplicates. */
export const threeTopics = [
  { text: 'the sale of forged parking vouchers', category: 'fraud' },
  { text: 'collecting for a charity nobody ever registered', category: 'fraud' },
  { text: 'letters about lottery winnings sent to strangers', category: 'fraud' },
]

export async function createSynthesis({
  baseUrl,
  topics = threeTopics,
  config = {},
  model = {},
}: SynthesisOptions): Promise<SynthesisProject> {
  const folder = await createFolder()
  const file = join(folder, 'synthesis.yaml')
  const settings = { baseUrl, apiKeyEnv: null, concurrency: 8, maxTries: 2, ...model }
  const whole = {
    name: 'test',
    topics,
    paraphrases: 1,
    languages: ['en', 'de'],
    models: { writer: { model: 'play-writer', ...settings }, checker: { model: 'play-checker', ...settings } },
    write: { model: 'writer' },
    verify: { model: 'checker' },
    ...config,
  }
  await writeFile(file, stringify(whole))
  return { folder, config: file, home: join(folder, 'synthesized', 'test') }
}

export type MadeSet = {
  readonly result: SynthesisResult
  readonly prompts: readonly SyntheticPrompt[]
  readonly rejected: readonly SyntheticRejection[]
  /** The code of the error that ended the sending; null where none did. */
  readonly hopeless: string | null
}

type MakeOptions = {
  readonly kind?: RunnerOptions['kind']
  /** What interrupts the run. */
  readonly giveUp?: AbortController
  readonly onProgress?: SynthesisDependencies['onProgress']
}

/** Runs a synthesis in this process, through the runner of the command, and reads back what it left. */
export async function makeSet(
  project: SynthesisProject,
  { kind = 'live', giveUp = new AbortController(), onProgress = () => undefined }: MakeOptions = {},
): Promise<MadeSet> {
  const resolved = await loadSynthesis(project.config)
  await mkdir(project.folder, { recursive: true })
  const store = openSqliteStore(resolved.storePath)
  const hopeless: string[] = []
  const runner = await openRunner({
    kind,
    isDetached: false,
    resolved,
    store,
    interruption: {
      drain: giveUp.signal,
      stop: new AbortController().signal,
      giveUp: (reason) => giveUp.abort(reason),
      wasSignalled: () => false,
      [Symbol.dispose]: () => undefined,
    },
    onHopeless: (error) => {
      hopeless.push(error.code)
      giveUp.abort(error)
    },
    note: () => undefined,
    watch: () => undefined,
  })
  try {
    const result = await runner.run((answering) =>
      runSynthesis(resolved, {
        ...answering,
        store,
        priceOf: createPriceLookup(resolved.config),
        timestamp: () => new Date().toISOString(),
        onProgress,
        drain: giveUp.signal,
      }),
    )
    const run = { result, hopeless: hopeless[0] ?? null }
    if (result.status === 'incomplete') return { ...run, prompts: [], rejected: [] }
    return { ...run, ...(await readSet(result.path)) }
  } finally {
    await store.close()
    await runner.close()
  }
}

export async function readSet(path: string): Promise<Pick<MadeSet, 'prompts' | 'rejected'>> {
  return {
    prompts: await readLines(join(path, 'prompts.jsonl'), syntheticPromptSchema),
    rejected: await readLines(join(path, 'rejected.jsonl'), syntheticRejectionSchema),
  }
}

async function readLines<T>(path: string, schema: z.ZodType<T>): Promise<readonly T[]> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => schema.parse(JSON.parse(line)))
}

/** Name to bytes of every file of a set. */
export async function readBytes(path: string): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(path)).toSorted()
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(path, name), 'utf8')] as const)),
  )
}

export async function readLatestSet(project: SynthesisProject): Promise<string | null> {
  const name = await readlink(join(project.home, 'latest')).catch(() => null)
  return name === null ? null : join(project.home, name)
}
