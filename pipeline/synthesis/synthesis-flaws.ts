import { findModelsFlaws, findTakenNames, findUnknownModels, type ModelUse } from '../config/config-flaws.ts'
import type { ConfigProblem } from '../config/load-yaml.ts'
import { normaliseEndpoint } from '../models/model-role.ts'
import { nameLanguage } from './name-language.ts'
import type { SynthesisConfig } from './synthesis-config.ts'
import { nameTopic, type Topic } from './topic.ts'

/** What the schema cannot say of a synthesis config. */
export function findSynthesisFlaws(config: SynthesisConfig): readonly ConfigProblem[] {
  const { topics, languages, intents, rules, evaluations } = config
  const uses = [...usesOf(config), { path: ['verify', 'model'], name: config.verify.model }]
  // Steps without a model of their own have the writer's: it is told once.
  const named = uses.filter(({ name }, n) => n === 0 || name !== config.write.model)
  const problems: ConfigProblem[] = [...findUnknownModels(config, named), ...findModelsFlaws(config)]
  if (problems.length === 0) problems.push(...findSelfVerification(config))
  for (const [n, language] of languages.entries()) {
    if (nameLanguage(language) === null) {
      const remedy = 'Use ISO 639-1, such as "en", "de" or "zh".'
      problems.push({ path: ['languages', n], message: `expected a language's code, got "${language}".`, remedy })
    }
  }
  for (const [key, list] of Object.entries({ languages, intents })) {
    for (const [n, item] of list.entries()) {
      if (list.findIndex((one) => one === item) === n) continue
      problems.push({ path: [key, n], message: `"${item}" stands twice.`, remedy: 'Remove one.' })
    }
  }
  if (rules.minCharacters >= rules.maxCharacters) {
    const message = `expected less than maxCharacters (${rules.maxCharacters}), got ${rules.minCharacters}.`
    problems.push({ path: ['rules', 'minCharacters'], message, remedy: 'No prompt could be of both.' })
  }
  problems.push(...findTakenNames({ evaluations }))
  return typeof topics === 'string' ? problems : [...problems, ...findTopicFlaws(topics.map(nameTopic))]
}

/** Topics that could not be told apart, in an output or by a writer. */
export function findTopicFlaws(topics: readonly Topic[]): readonly ConfigProblem[] {
  return topics.flatMap((topic, n) =>
    (['id', 'text'] as const).flatMap((key) => {
      if (topics.findIndex((one) => one[key] === topic[key]) === n) return []
      const remedy =
        key === 'id' ? 'Give each topic its own.' : 'Remove it, or ask for more families with familiesPerTopic.'
      return [{ path: ['topics', n, key], message: 'is that of an earlier topic.', remedy }]
    }),
  )
}

/** Topics whose category has no spec: no build could answer their prompts under a policy of their own. */
export function findCategoryFlaws(
  topics: readonly Topic[],
  categories: ReadonlySet<string>,
  specSet: string,
): readonly ConfigProblem[] {
  return topics.flatMap(({ category }, n) => {
    if (categories.has(category)) return []
    const message = `expected a category of the spec set ${specSet}, got "${category}".`
    return [{ path: ['topics', n, 'category'], message, remedy: `It has: ${[...categories].join(', ')}.` }]
  })
}

function usesOf({ write, paraphrase, translate }: SynthesisConfig): readonly ModelUse[] {
  return [
    { path: ['write', 'model'], name: write.model },
    { path: ['paraphrase', 'model'], name: paraphrase.model ?? write.model },
    { path: ['translate', 'model'], name: translate.model ?? write.model },
  ]
}

/** A model that verifies its own prompts tends to agree with itself, under whatever name it stands in the config. */
function findSelfVerification(config: SynthesisConfig): readonly ConfigProblem[] {
  const { models, verify } = config
  if (verify.allowSameModel) return []
  const identify = (name: string): string => {
    const settings = models[name]
    return settings === undefined ? name : `${normaliseEndpoint(settings.baseUrl)} ${settings.model}`
  }
  const own = usesOf(config).find(({ name }) => identify(name) === identify(verify.model))
  if (own === undefined) return []
  const message = `is the same model at the same endpoint as ${own.path.map(String).join('.')}: it would verify what it wrote itself.`
  const remedy = 'Name another model, or say `allowSameModel: true`.'
  return [{ path: ['verify', 'model'], message, remedy }]
}
