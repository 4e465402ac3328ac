import { createProject, type BuildProject, type ProjectOptions } from './build-project.ts'
import { intentWords } from '../support/leaning-model.ts'
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
