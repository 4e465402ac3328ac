import { z } from 'zod'
import { buildConfigSchema } from '../config/build-config.ts'
import { intents, intentSchema } from '../records/prompt.ts'
import { labelTemplate } from '../stages/classify/label-prompt.ts'
import { topicSchema } from './topic.ts'

const { name, specSet, specsFolder, promptsFolder, screen, evaluations, models } = buildConfigSchema.shape
const { budget, batch, store, recordings } = buildConfigSchema.shape

const modelName = z.string().describe('A name under `models`.')
const ownModel = modelName.optional().describe("A name under `models`. Default: the writer's.")
const language = z.string().regex(/^[a-z]{2}$/, 'expected an ISO 639-1 code such as "en"')

export const synthesisConfigSchema = z
  .strictObject({
    name: name.describe('Names the output folder.'),
    topics: z
      .union([z.string().min(1), z.array(topicSchema).min(1)], { error: 'expected a path or a list of topics' })
      .describe('Topics, or the path of a YAML file with a list `topics`.'),
    specSet,
    specsFolder,
    promptsFolder,
    intents: z
      .array(intentSchema)
      .min(1)
      .default([...intents])
      .describe('The variants of one task.'),
    familiesPerTopic: z.int().min(1).max(1000).default(1).describe('Tasks a topic; each is a family of its own.'),
    paraphrases: z.int().min(0).max(20).default(0).describe('Further wordings of each variant.'),
    languages: z
      .array(language)
      .min(1)
      .default(['en'])
      .describe('ISO 639-1. Variants are written in the first and translated to the others.'),
    models,
    write: z.strictObject({ model: modelName, template: z.string().default('synthesize/triplet') }),
    paraphrase: z.strictObject({ model: ownModel, template: z.string().default('synthesize/paraphrase') }).prefault({}),
    translate: z.strictObject({ model: ownModel, template: z.string().default('synthesize/translate') }).prefault({}),
    verify: z.strictObject({
      model: modelName,
      template: z.string().default(labelTemplate),
      category: z
        .enum(['reject', 'keep'])
        .default('keep')
        .describe(
          "A prompt that the verifier puts into another category than its topic's. Kept under the topic's: harmless variants are often seen as general.",
        ),
      allowSameModel: z
        .boolean()
        .default(false)
        .describe('Let a model verify what it wrote itself. It then tends to agree with itself.'),
    }),
    rules: z
      .strictObject({
        minCharacters: z.int().min(1).default(20).describe('Of a prompt.'),
        maxCharacters: z.int().min(1).default(2000).describe('Of a prompt; told to the models too.'),
      })
      .prefault({}),
    screen,
    evaluations,
    incompleteFamilies: z
      .enum(['keep', 'drop'])
      .default('keep')
      .describe('What becomes of a family, language by language, that has not all intents in the end.'),
    outputFolder: z.string().default('synthesized').describe('Sets go to <outputFolder>/<name>/<set id>/.'),
    store,
    recordings,
    budget,
    batch,
  })
  .describe('A synthesis of prompts. Paths are relative to the file.')

/** A synthesis config, with every default filled in. */
export type SynthesisConfig = z.infer<typeof synthesisConfigSchema>
