import { openSqliteStore } from '../../pipeline/answers/sqlite-store.ts'
import type { StoredAnswer } from '../../pipeline/answers/answer-store.ts'
import type { Retry } from '../../pipeline/records/retry.ts'
import type { ShardRow } from '../../pipeline/shards/shard-writer.ts'
import { createProject, readBuild, type BuildProject, type WholeBuild } from './build-project.ts'
import { seedPrompts } from './seed-prompts.ts'

/** The even ones are about cyber, the odd ones about fraud; all are labelled but the one that `unlabelled` names. */
export function labelledPrompts(count: number, unlabelled?: number) {
  return seedPrompts(count).map(({ prompt }, n) => ({
    prompt,
    family: `family-${n}`,
    intent: 'benign' as const,
    ...(n === unlabelled ? {} : { category: n % 2 === 0 ? 'cyber' : 'fraud' }),
  }))
}

/** One candidate a prompt, one safety vote: so many requests as can be counted by hand. */
export const plainConfig = {
  generate: { model: 'play', candidates: 1 },
  grade: { panel: [{ judge: 'safety', model: 'play', votes: 1, stopBelow: 0.5 }] },
  select: { rule: 'safety_only' },
}

export async function createRetryProject(
  baseUrl: string,
  prompts: ReturnType<typeof labelledPrompts>,
  config: Readonly<Record<string, unknown>> = {},
  folder?: string,
): Promise<BuildProject> {
  const place = folder === undefined ? {} : { folder }
  return await createProject({ baseUrl, prompts, config: { ...plainConfig, ...config }, ...place })
}

export async function readLatestBuild({ home }: BuildProject): Promise<WholeBuild> {
  return await readBuild(`${home}/latest`)
}

/** Code of a rejected row by the number of its prompt. */
export function codesByPrompt(
  rejected: readonly ShardRow[],
  prompts: readonly { readonly prompt: string }[],
): Record<number, unknown> {
  const codes = rejected.map((row) => {
    const messages = JSON.stringify(row['messages'])
    return [prompts.findIndex(({ prompt }) => messages.includes(JSON.stringify(prompt).slice(1, -1))), row['code']]
  })
  return Object.fromEntries(codes)
}

export async function readRetries({ store: path }: BuildProject): Promise<readonly Retry[]> {
  const store = openSqliteStore(path)
  try {
    return await store.listRetries()
  } finally {
    await store.close()
  }
}

export async function findAnswer({ store: path }: BuildProject, digest: string): Promise<StoredAnswer | null> {
  const store = openSqliteStore(path)
  try {
    return await store.find(digest)
  } finally {
    await store.close()
  }
}
