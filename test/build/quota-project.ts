import { openSqliteDecisions } from '../../pipeline/answers/sqlite-decisions.ts'
import { decideAbout } from '../../pipeline/audit/decide.ts'
import type { Decision } from '../../pipeline/records/decision.ts'
import type { ShardRow } from '../../pipeline/shards/shard-writer.ts'
import type { ChatBody, Scripted } from '../support/chat-server.ts'
import { createLeaningModel, defaultLeaning, intentWords } from '../support/leaning-model.ts'
import { createProject, type BuildProject, type ProjectOptions, type WholeBuild } from './build-project.ts'
import { seedPrompts, type SeedPrompt } from './seed-prompts.ts'

const categories = ['cyber', 'fraud'] as const

/** Prompts that name their intent and number, for the leaning model; all labelled, cells of equal size. */
export function numberedPrompts(count: number): readonly SeedPrompt[] {
  return seedPrompts(count).map(({ prompt, family }, n) => {
    const intent = intentWords[n % intentWords.length] ?? 'benign'
    const category = categories[Math.floor(n / intentWords.length) % categories.length] ?? 'cyber'
    return { prompt: `${prompt} This is number ${n}, of the kind ${intent}.`, family, intent, category }
  })
}

const panel = [
  { judge: 'safety', model: 'play' },
  { judge: 'helpfulness', model: 'play' },
  { judge: 'reasoning', model: 'play' },
]

/** A project with a quota over numbered prompts. */
export async function createQuotaProject(
  baseUrl: string,
  quota: Readonly<Record<string, unknown>>,
  options: Omit<ProjectOptions, 'baseUrl'> = {},
): Promise<BuildProject> {
  const { config = {}, prompts = numberedPrompts(180), ...rest } = options
  const own = {
    classify: null,
    generate: { model: 'play', candidates: 1 },
    grade: { rules: [], panel },
    select: { requireModeAgreement: false },
    quota,
    ...config,
  }
  return await createProject({ baseUrl, prompts, config: own, ...rest })
}

export function countBy(rows: readonly ShardRow[], column: string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const row of rows) {
    const value = textOf(row[column])
    counts[value] = (counts[value] ?? 0) + 1
  }
  return counts
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new Error('expected a text column')
  return value
}

/** `minute`: of two decisions about one text the later one counts. */
export async function decide(
  project: BuildProject,
  build: WholeBuild,
  row: ShardRow,
  action: Decision['action'],
  minute = 0,
): Promise<void> {
  const decidedAt = new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString()
  const store = openSqliteDecisions(project.store)
  await store.add([decideAbout(row, build.manifest, { action, by: 'ana', reason: 'so it is', decidedAt })])
  await store.close()
}

/** The leaning model, but what it writes when asked again is another text, which every judge finds safe. */
export function createBetteringModel(): (body: ChatBody, n: number) => Scripted {
  const play = createLeaningModel({ ...defaultLeaning, safe: { benign: 0, dual_use: 0, malicious: 0 } })
  const asked = new Map<string, number>()
  return (body, n) => {
    const reply = play(body, n)
    const text = JSON.stringify(body.messages)
    if (!('content' in reply)) return reply
    if (body['response_format'] === undefined) {
      const times = asked.get(text) ?? 0
      asked.set(text, times + 1)
      return times === 0 ? reply : { content: (reply.content ?? '').replace('</answer>', `Draft ${times}.\n</answer>`) }
    }
    if (!text.includes('Draft ')) return reply
    return { content: (reply.content ?? '').replace('violation', 'compliant').replace('moderate', 'none') }
  }
}
