import { normaliseEndpoint } from '../models/model-role.ts'
import type { BuildConfig } from './build-config.ts'
import { findGateFlaws } from './gate-flaws.ts'
import type { ConfigProblem } from './load-yaml.ts'
import { reservedParameters } from './model-config.ts'
import { findQuotaFlaws } from './quota-config.ts'
import { findTokenizerFlaws } from './tokenizer-flaws.ts'

/** What a schema cannot say: references between parts of a config. */
export function findConfigFlaws(config: BuildConfig): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const uses = [
    { path: ['generate', 'model'], name: config.generate.model },
    ...(config.classify === null ? [] : [{ path: ['classify', 'model'], name: config.classify.model }]),
    ...config.grade.panel.map((seat, n) => ({ path: ['grade', 'panel', n, 'model'], name: seat.model })),
  ]
  problems.push(...findUnknownModels(config, uses))
  const judgeNames = config.grade.panel.map((seat) => seat.judge)
  for (const [n, name] of judgeNames.entries()) {
    if (judgeNames.indexOf(name) !== n) {
      const remedy = 'Use `votes` to ask it more than once.'
      problems.push({ path: ['grade', 'panel', n, 'judge'], message: `"${name}" sits on the panel twice.`, remedy })
    }
  }
  if (!judgeNames.includes('safety')) {
    const remedy = 'Add `- judge: safety`: nothing is accepted without a safety verdict.'
    problems.push({ path: ['grade', 'panel'], message: 'expected the judge "safety".', remedy })
  }
  problems.push(...findPanelFlaws(config), ...findModelsFlaws(config))
  problems.push(
    ...findGateFlaws(config),
    ...findTokenizerFlaws(config),
    ...findQuotaFlaws(config.quota, config.generate.candidates),
  )
  return [...problems, ...findTakenNames(config)]
}

/** Where a config names a model. */
export type ModelUse = { readonly path: readonly PropertyKey[]; readonly name: string }

export function findUnknownModels(
  { models }: Pick<BuildConfig, 'models'>,
  uses: readonly ModelUse[],
): readonly ConfigProblem[] {
  const names = Object.keys(models)
  const remedy = `Known models: ${names.join(', ') || 'none'}.`
  return uses
    .filter(({ name }) => !names.includes(name))
    .map(({ path, name }) => ({ path, message: `there is no model "${name}" under models.`, remedy }))
}

/** Sources and evaluation sets by the name of one before. */
export function findTakenNames(
  lists: Partial<Pick<BuildConfig, 'sources'>> & Pick<BuildConfig, 'evaluations'>,
): readonly ConfigProblem[] {
  const named = [
    ...(lists.sources ?? []).map(({ name }, n) => ({ name, path: ['sources', n, 'name'] })),
    ...lists.evaluations.map(({ name }, n) => ({ name, path: ['evaluations', n, 'name'] })),
  ]
  return named
    .filter(({ name }, n) => named.findIndex((one) => one.name === name) !== n)
    .map(({ name, path }) => {
      const remedy = 'Give each source and evaluation set its own name.'
      return { path, message: `the name "${name}" is taken.`, remedy }
    })
}

/** What is wrong with models, and with the evaluation sets of any config that has them. */
export function findModelsFlaws(config: Pick<BuildConfig, 'models' | 'evaluations'>): readonly ConfigProblem[] {
  return [...findParameterFlaws(config), ...findModelFlaws(config), ...findMirrorFlaws(config)]
}

function findParameterFlaws({ models }: Pick<BuildConfig, 'models'>): readonly ConfigProblem[] {
  return Object.entries(models).flatMap(([name, model]) =>
    Object.keys(model.parameters)
      .filter((key) => reservedParameters.some((reserved) => reserved === key))
      .map((key) => ({
        path: ['models', name, 'parameters', key],
        message: 'the pipeline sets this itself.',
        remedy: 'Remove it.',
      })),
  )
}

/** A threshold without its judge would pass everything. */
function findPanelFlaws({ select, grade }: BuildConfig): readonly ConfigProblem[] {
  const has = (judge: string): boolean => grade.panel.some((seat) => seat.judge === judge)
  if (select.rule === 'safety_only') return []
  const needs = [
    { key: 'minHelpfulness', judge: 'helpfulness', isUsed: select.minHelpfulness > 0, off: '0' },
    { key: 'minReasoning', judge: 'reasoning', isUsed: select.minReasoning > 0, off: '0' },
    { key: 'requireModeAgreement', judge: 'response-mode', isUsed: select.requireModeAgreement, off: 'false' },
  ]
  return needs
    .filter(({ judge, isUsed }) => isUsed && !has(judge))
    .map(({ key, judge, off }) => ({
      path: ['select', key],
      message: `needs the judge "${judge}", which is not on the panel.`,
      remedy: `Add it, or set ${key}: ${off}, or rule: safety_only.`,
    }))
}

/** An address that stands twice would be sent twice what it takes. */
function findMirrorFlaws({ models }: Pick<BuildConfig, 'models'>): readonly ConfigProblem[] {
  return Object.entries(models).flatMap(([name, { baseUrl, mirrors }]) => {
    const addresses = [baseUrl, ...mirrors.map((mirror) => mirror.baseUrl)].map(normaliseEndpoint)
    return mirrors.flatMap((_, n) => {
      const address = addresses[n + 1]
      if (address === undefined || addresses.indexOf(address) === n + 1) return []
      const path = ['models', name, 'mirrors', n, 'baseUrl']
      return [{ path, message: `"${address}" is an address of this model already.`, remedy: 'Remove it.' }]
    })
  })
}

/** Two entries of one model at one endpoint share a queue and a price, so they must agree on them. */
function findModelFlaws({
  models,
  evaluations,
}: Pick<BuildConfig, 'models' | 'evaluations'>): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const lanes = new Map<string, readonly [name: string, settings: string]>()
  for (const [name, settingsOf] of Object.entries(models)) {
    const { baseUrl, model, apiKeyEnv, concurrency, timeoutSeconds, maxTries, price, maxReplyTokens } = settingsOf
    const { maxEnqueuedTokens, limits, mirrors } = settingsOf
    const lane = `${normaliseEndpoint(baseUrl)} ${model}`
    const bounds = [concurrency, timeoutSeconds, maxTries, maxReplyTokens, maxEnqueuedTokens]
    const settings = JSON.stringify([apiKeyEnv, price, bounds, limits, mirrors])
    const [other, otherSettings] = lanes.get(lane) ?? [name, settings]
    lanes.set(lane, [other, otherSettings])
    if (settings === otherSettings) continue
    const message = `is the model of "${other}" at the same endpoint, with another key, price, bound, concurrency, limits, mirrors, time-out or number of tries.`
    problems.push({ path: ['models', name], message, remedy: 'Give both the same: they share one queue.' })
  }
  for (const [n, { onBadRow }] of evaluations.entries()) {
    if (onBadRow === 'stop') continue
    const remedy = 'Remove onBadRow: a row that cannot be read cannot be looked for.'
    problems.push({ path: ['evaluations', n, 'onBadRow'], message: 'an evaluation set must be read whole.', remedy })
  }
  return problems
}
