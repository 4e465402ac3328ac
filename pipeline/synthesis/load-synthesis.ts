import { resolve } from 'node:path'
import { z } from 'zod'
import { resolveStore } from '../answers/store-address.ts'
import { loadGuidance, toRole, type ResolvedBuild } from '../build/resolve-build.ts'
import { describeProblems, loadYaml, type LoadedYaml, type YamlKind } from '../config/load-yaml.ts'
import type { ModelRole } from '../models/model-role.ts'
import { synthesisConfigSchema, type SynthesisConfig } from './synthesis-config.ts'
import { findCategoryFlaws, findSynthesisFlaws, findTopicFlaws } from './synthesis-flaws.ts'
import { nameTopic, topicSchema, type Topic } from './topic.ts'

/** A synthesis config with its topics, specs and templates read and its names looked up. */
export type ResolvedSynthesis = Pick<
  ResolvedBuild,
  'specs' | 'templates' | 'storePath' | 'outputRoot' | 'recordings'
> & {
  readonly config: SynthesisConfig
  /** Absolute folder that the config's paths are relative to. */
  readonly folder: string
  readonly topics: readonly Topic[]
  readonly roles: SynthesisRoles
}

/** The model of each step. */
export type SynthesisRoles = Readonly<Record<'write' | 'paraphrase' | 'translate' | 'verify', ModelRole>>

const synthesisFile: YamlKind = {
  code: 'synthesis',
  what: 'synthesis config',
  root: 'synthesis config',
  example: 'data/synthesis.yaml',
  help: 'See docs/synthesis.md.',
  other: { key: 'sources', what: 'build config', remedy: 'That is for `build`: see docs/configuration.md.' },
}

const topicsFile: YamlKind = {
  code: 'topics',
  what: 'file of topics',
  root: 'file of topics',
  example: 'data/seeds/topics.yaml',
  help: 'See docs/synthesis.md.',
}

const topicsSchema = z.strictObject({ topics: z.array(topicSchema).min(1) })

/**
 * Reads and checks a synthesis config. Every problem of a file is reported at once, with file, line and what to do.
 * @throws UserError `synthesis`, `topics`, and those of specs and templates.
 */
export async function loadSynthesis(path: string): Promise<ResolvedSynthesis> {
  const {
    value: config,
    folder,
    locate,
  } = await loadYaml(path, synthesisConfigSchema, synthesisFile, findSynthesisFlaws)
  const { specs, templates } = await loadGuidance(config, folder)
  const topics = await loadTopics(config.topics, folder, locate, (named) =>
    findCategoryFlaws(named, new Set(specs.specs.keys()), specs.name),
  )
  const { write, paraphrase, translate, verify } = config
  for (const { template } of [write, paraphrase, translate, verify]) templates.get(template)
  return {
    config,
    folder,
    topics,
    specs,
    templates,
    roles: {
      write: toRole(config, write.model),
      paraphrase: toRole(config, paraphrase.model ?? write.model),
      translate: toRole(config, translate.model ?? write.model),
      verify: toRole(config, verify.model),
    },
    storePath: resolveStore(folder, config.store),
    outputRoot: resolve(folder, config.outputFolder),
    recordings: [config.recordings].flat().map((one) => resolve(folder, one)),
  }
}

async function loadTopics(
  given: SynthesisConfig['topics'],
  folder: string,
  locate: LoadedYaml<unknown>['locate'],
  findFlaws: (topics: readonly Topic[]) => ReturnType<typeof findTopicFlaws>,
): Promise<readonly Topic[]> {
  if (typeof given === 'string') {
    const { value } = await loadYaml(resolve(folder, given), topicsSchema, topicsFile, (file) => {
      const topics = file.topics.map(nameTopic)
      return [...findTopicFlaws(topics), ...findFlaws(topics)]
    })
    return value.topics.map(nameTopic)
  }
  const topics = given.map(nameTopic)
  const problems = findFlaws(topics)
  if (problems.length > 0) throw describeProblems(problems, synthesisFile, locate)
  return topics
}
