import { batchCalls } from '../../answers/batch-calls.ts'
import type { RunRegistry } from '../../answers/postgres-runs.ts'
import { joinRequest, splitRequest, storedRequestSchema } from '../../answers/stored-request.ts'
import type { ModelRequest } from '../../records/request.ts'

/** So many system texts are remembered; a build has some dozens, a category and step each. */
const rememberedTexts = 512

export type JobTexts = {
  /** The request as a job has it; resolves when its system texts are in the database. */
  readonly write: (request: ModelRequest) => Promise<string>
  readonly read: (text: string) => Promise<ModelRequest>
}

/** Puts the system texts of requests, which thousands of jobs share, beside the jobs, and back. */
export function createJobTexts({ keepTexts, readTexts }: Pick<RunRegistry, 'keepTexts' | 'readTexts'>): JobTexts {
  const texts = new Map<string, string>()
  const remember = (digest: string, text: string): void => {
    if (texts.size >= rememberedTexts) texts.clear()
    texts.set(digest, text)
  }
  const keeping = batchCalls<readonly [digest: string, text: string], true>(async (entries) => {
    const fresh = new Map(entries.filter(([digest]) => !texts.has(digest)))
    if (fresh.size > 0) await keepTexts(fresh)
    for (const [digest, text] of fresh) remember(digest, text)
    return entries.map(() => true)
  }, rememberedTexts)
  const reading = batchCalls<string, string>(async (digests) => {
    const missing = [...new Set(digests)].filter((digest) => !texts.has(digest))
    const found = new Map(texts)
    if (missing.length > 0) {
      for (const [digest, text] of await readTexts(missing)) {
        found.set(digest, text)
        remember(digest, text)
      }
    }
    return digests.map((digest) => found.get(digest) ?? missingText(digest))
  }, rememberedTexts)
  return {
    write: async (request) => {
      const split = splitRequest(request)
      const unknown = split.texts.filter(([digest]) => !texts.has(digest))
      await Promise.all(unknown.map(keeping.call))
      return JSON.stringify(split.stored)
    },
    read: async (text) => {
      const stored = storedRequestSchema.parse(JSON.parse(text))
      const digests = stored.messages.filter(({ role }) => role === 'system').map(({ content }) => content)
      const known = new Map<string, string>()
      for (const digest of new Set(digests)) known.set(digest, texts.get(digest) ?? (await reading.call(digest)))
      return joinRequest(stored, (digest) => known.get(digest) ?? missingText(digest))
    },
  }
}

function missingText(digest: string): never {
  throw new Error(`the system text ${digest.slice(0, 12)} of a job is not in the database`)
}
