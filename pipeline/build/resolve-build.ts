import { resolve } from 'node:path'
import { resolveStore } from '../answers/store-address.ts'
import type { BuildConfig } from '../config/build-config.ts'
import type { LoadedConfig } from '../config/load-config.ts'
import type { ModelConfig } from '../config/model-config.ts'
import type { Seat } from '../graders/judge-candidate.ts'
import { findUnknownCategories } from '../gates/find-unknown-categories.ts'
import { judges } from '../graders/judges/index.ts'
import { rules } from '../graders/rules/index.ts'
import { loadSpecSet, loadTemplates, type LoadedSpecSet, type Templates } from '../guidance/load-guidance.ts'
import { normaliseEndpoint, type ModelRole } from '../models/model-role.ts'
import type { QuotaRules } from '../quota/quota-rules.ts'
import { resolveQuota } from '../quota/resolve-quota.ts'
import { UserError } from '../records/user-error.ts'
import type { GenerateSettings } from '../stages/generate/generate.ts'
import type { GradeSettings } from '../graders/grade-candidate.ts'

/** A config with its specs and templates read and its names looked up: what a build and a plan start from. */
export type ResolvedBuild = {
  readonly config: BuildConfig
  /** Absolute folder that the config's paths are relative to. */
  readonly folder: string
  readonly specs: LoadedSpecSet
  readonly templates: Templates
  readonly classifyRole: ModelRole | null
  readonly generate: GenerateSettings
  readonly grade: GradeSettings
  /** Null: every prompt is drawn, and every winner that the mixture lets through is a row. */
  readonly quota: QuotaRules | null
  /** Absolute path, or the address of a store on PostgreSQL (pipeline/answers/store-address.ts). */
  readonly storePath: string
  readonly outputRoot: string
  readonly recordings: readonly string[]
  readonly decisionFiles: readonly string[]
}

const packageRoot = resolve(import.meta.dirname, '../..')

/**
 * @param describe what is wrong with the config in the light of its specs, as an error that names the file.
 * @throws UserError for specs or templates that are missing or do not parse, gates on categories without a
 * spec, and a quota that nothing can meet.
 */
export async function resolveBuild(
  config: BuildConfig,
  folder: string,
  describe: LoadedConfig['describeProblems'] = describeWithoutFile,
): Promise<ResolvedBuild> {
  const within = (path: string): string => resolve(folder, path)
  const { specs, templates } = await loadGuidance(config, folder)
  const unknownCategories = findUnknownCategories(config.gates, specs.specs.keys())
  if (unknownCategories.length > 0) throw describe(unknownCategories)
  const repair = templates.get('repair/form')
  const panel = config.grade.panel.map(({ judge: name, model, votes, stopBelow }): Seat => {
    const judge = judges.get(name)
    if (!judge) throw new Error(`no judge ${name}`)
    return { judge, role: toRole(config, model), template: templates.get(judge.template), repair, votes, stopBelow }
  })
  const { candidates, template, reasoning } = config.generate
  templates.get(template)
  const quota = config.quota === null ? null : await resolveQuota(config.quota, config, specs)
  if (quota !== null && quota.rules === null) throw describe(quota.problems)
  return {
    config,
    folder,
    specs,
    templates,
    classifyRole: config.classify === null ? null : toRole(config, config.classify.model),
    generate: { role: toRole(config, config.generate.model), template, candidates, reasoning },
    grade: { rules: rules.filter((rule) => config.grade.rules.includes(rule.name)), panel },
    quota: quota?.rules ?? null,
    storePath: resolveStore(folder, config.store),
    outputRoot: within(config.outputFolder),
    recordings: [config.recordings].flat().map(within),
    decisionFiles: [config.decisions].flat().map(within),
  }
}

function describeWithoutFile(problems: Parameters<LoadedConfig['describeProblems']>[0]): UserError {
  const lines = problems.map(({ path, message, remedy }) => `${path.map(String).join('.')}: ${message} ${remedy}`)
  return new UserError('config', lines.join('\n'), { remedy: 'See docs/configuration.md.' })
}

/** The spec set and the templates that a config names, or the shipped ones. @throws UserError as `resolveBuild`. */
export async function loadGuidance(
  { specSet, specsFolder, promptsFolder }: Pick<BuildConfig, 'specSet' | 'specsFolder' | 'promptsFolder'>,
  folder: string,
): Promise<Pick<ResolvedBuild, 'specs' | 'templates'>> {
  const place = (given: string | undefined, shipped: string): string =>
    given === undefined ? resolve(packageRoot, shipped) : resolve(folder, given)
  const [specs, templates] = await Promise.all([
    loadSpecSet(place(specsFolder, 'specs'), specSet),
    loadTemplates(place(promptsFolder, 'prompts')),
  ])
  return { specs, templates }
}

export function modelOf(config: Pick<BuildConfig, 'models'>, name: string): ModelConfig {
  const model = config.models[name]
  if (!model) throw new Error(`no model ${name}`)
  return model
}

export function toRole(config: Pick<BuildConfig, 'models'>, name: string): ModelRole {
  const { baseUrl, model, parameters, structuredOutput } = modelOf(config, name)
  return { endpoint: normaliseEndpoint(baseUrl), model, parameters, structuredOutput }
}
