import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import type { StoredAnswer } from '../../pipeline/answers/answer-store.ts'
import { importRecording } from '../../pipeline/answers/recording.ts'
import { openSqliteStore } from '../../pipeline/answers/sqlite-store.ts'
import { createFolder } from '../build/build-project.ts'
import { collect } from '../shards/temporary-folder.ts'

const data = join(import.meta.dirname, '../../data')
export const demoRecording = join(data, 'recordings/demo.jsonl')

const sourceSchema = z.looseObject({ path: z.union([z.string(), z.array(z.string())]) })
const configSchema = z.looseObject({ sources: z.array(sourceSchema), evaluations: z.array(sourceSchema) })

export type DemoProject = {
  readonly config: string
  readonly store: string
  /** Where its builds go, and the builds of this name. */
  readonly builds: string
  readonly home: string
  /** From now on the store alone has answers. */
  readonly dropRecordings: () => Promise<void>
}

/** The shipped demo in a folder of its own, its recording in its store; gone when the test ends. */
export async function createDemoProject(): Promise<DemoProject> {
  const folder = await createFolder()
  const config = configSchema.parse(parse(await readFile(join(data, 'demo.yaml'), 'utf8')))
  const atHome = (source: z.infer<typeof sourceSchema>) => ({
    ...source,
    path: [source.path].flat().map((path) => join(data, path)),
  })
  const file = join(folder, 'demo.yaml')
  const write = (recordings: readonly string[]): Promise<void> =>
    writeFile(
      file,
      stringify({
        ...config,
        sources: config.sources.map(atHome),
        evaluations: config.evaluations.map(atHome),
        store: 'answers.db',
        outputFolder: 'builds',
        recordings,
      }),
    )
  await write([demoRecording])
  const path = join(folder, 'answers.db')
  const store = openSqliteStore(path)
  await importRecording(demoRecording, store)
  await store.close()
  const builds = join(folder, 'builds')
  return { config: file, store: path, builds, home: join(builds, 'demo'), dropRecordings: () => write([]) }
}

export async function putAll(path: string, entries: readonly StoredAnswer[]): Promise<void> {
  const store = openSqliteStore(path)
  try {
    await Promise.all(entries.map((entry) => store.put(entry)))
  } finally {
    await store.close()
  }
}

export async function readAll(path: string): Promise<readonly StoredAnswer[]> {
  const store = openSqliteStore(path)
  try {
    return await collect(store.entries())
  } finally {
    await store.close()
  }
}

/** In order. */
export async function listDigests(path: string): Promise<readonly string[]> {
  return (await readAll(path)).map(({ digest }) => digest)
}
