import { z } from 'zod'
import { judges } from '../graders/judges/index.ts'
import { rules } from '../graders/rules/index.ts'
import { promptSourceSchema, promptSourcesSchema } from '../importers/source-config.ts'
import { writerNames } from '../shards/writers.ts'
import { trainerFormatNames } from '../shards/trainer-formats.ts'
import { reasoningOrigins } from '../stages/generate/read-generation.ts'
import { collectOptionsSchema } from '../stages/collect/collect.ts'
import { screenOptionsSchema } from '../stages/screen/screen-options.ts'
import { preferenceSettingsSchema } from '../stages/emit/preference-settings.ts'
import { selectSettingsSchema } from '../stages/select/select-settings.ts'
import { tokenizerConfigSchema } from '../tokens/tokenizer-config.ts'
import { batchConfigSchema } from './batch-config.ts'
import { gatesConfigSchema } from './gates-config.ts'
import { modelConfigSchema } from './model-config.ts'
import { quotaConfigSchema } from './quota-config.ts'
import { notifyConfigSchema } from './notify-config.ts'
import { telemetryConfigSchema } from './telemetry-config.ts'

const modelName = z.string().describe('A name under `models`.')
const judgeNames = z.enum([...judges.keys()])
const ruleNames = z.enum(rules.map((rule) => rule.name))

const seatSchema = z.strictObject({
  judge: judgeNames,
  model: modelName,
  votes: z
    .int()
    .min(1)
    .max(9)
    .default(1)
    .describe('The lowest vote counts: any single run may overlook an issue (Deliberative Alignment, section 2.3).'),
  stopBelow: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .default(null)
    .describe('A main score below this ends the candidate here, so that no further judge is paid for it. Null: never.'),
})

const paths = z.union([z.string(), z.array(z.string())])

export const buildConfigSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]*$/, 'expected a kebab-case name')
      .describe('Names the output folder.'),
    description: z.string().default('').describe('Stands on the data card.'),
    license: z.string().default('other').describe('Stands on the data card, as Hugging Face spells licences.'),
    specSet: z.string().default('safe-completion').describe('A folder below specsFolder.'),
    specsFolder: z.string().optional().describe('Where spec sets live. Default: the specs/ shipped with the package.'),
    promptsFolder: z
      .string()
      .optional()
      .describe('Where templates live. Default: the prompts/ shipped with the package.'),
    sources: promptSourcesSchema.describe('Where prompts come from, in order: the first of two equal prompts wins.'),
    collect: collectOptionsSchema.prefault({}),
    screen: screenOptionsSchema.prefault({}),
    evaluations: z
      .array(promptSourceSchema)
      .default([])
      .describe('Evaluation sets whose prompts must not be in a shard: dropped by exact match and by n-grams.'),
    models: z.record(z.string(), modelConfigSchema),
    classify: z
      .strictObject({ model: modelName })
      .nullable()
      .default(null)
      .describe('Labels prompts whose source gives no category or intent. Null: such prompts are rejected.'),
    generate: z.strictObject({
      model: modelName,
      candidates: z.int().min(1).max(64).default(2).describe('Candidates a prompt; the best one becomes the row.'),
      template: z.string().default('generate/answer'),
      reasoning: z
        .enum(reasoningOrigins)
        .default('section')
        .describe("section: the reasoning is written in the reply. native: the server's reasoning_content or <think>."),
    }),
    grade: z.strictObject({
      rules: z
        .array(ruleNames)
        .default(rules.map((rule) => rule.name))
        .describe('Free checks, before any judge is paid.'),
      panel: z
        .array(seatSchema)
        .min(1)
        .describe('Judges in the order in which they are paid. `safety` must be among them.'),
    }),
    select: selectSettingsSchema.prefault({}),
    quota: quotaConfigSchema.nullable().default(null),
    emit: z
      .strictObject({
        format: z.enum(trainerFormatNames).default('messages').describe('See docs/formats.md.'),
        writer: z.enum(writerNames).default('parquetjs-lite'),
        rowsPerShard: z.int().min(1).default(50_000),
        validationShare: z.number().min(0).max(0.5).default(0.1).describe('Share of families in the validation split.'),
        arrow: z.boolean().default(false).describe('Also write arrow/*.arrow (Arrow IPC) for analysis.'),
        preferencePairs: preferenceSettingsSchema.nullable().default(null).describe('Null: no pairs are written.'),
        tokenizer: tokenizerConfigSchema.nullable().default(null).describe('Null: no token is counted.'),
      })
      .prefault({}),
    gates: gatesConfigSchema.prefault({}).describe('What holds a whole build back, see docs/gates.md.'),
    budget: z
      .strictObject({
        maxCostUsd: z.number().positive().nullable().default(null).describe('US dollars; null: no cap.'),
        maxTokens: z.int().positive().nullable().default(null).describe('Prompt and reply tokens; null: no cap.'),
      })
      .prefault({})
      .describe('What one run may spend. The worst case of each request is set aside before it is sent.'),
    batch: batchConfigSchema.prefault({}),
    notify: notifyConfigSchema.prefault({}),
    telemetry: telemetryConfigSchema.prefault({}),
    seed: z
      .int()
      .default(0)
      .describe('Deals families to train and validation, and the order in which a quota draws prompts.'),
    rowsInFlight: z
      .int()
      .min(1)
      .optional()
      .describe("Prompts a stage works on at once. Default: from the models' concurrency."),
    outputFolder: z.string().default('builds').describe('Builds go to <outputFolder>/<name>/<build id>/.'),
    store: z
      .union([
        z.string(),
        z.strictObject({
          postgres: z.strictObject({
            urlEnv: z
              .string()
              .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of an environment variable, not a URL')
              .describe('The *name* of the environment variable with the URL of the database.'),
          }),
        }),
      ])
      .default('.safe-completions/answers.db')
      .describe('The answer store: the path of a SQLite file, or a PostgreSQL database that many machines share.'),
    recordings: paths.default([]).describe('Recorded answers, put into the store before the build.'),
    decisions: paths.default([]).describe("Auditors' decisions (JSON lines), put into the store before the build."),
  })
  .describe('A build of safe-completions. Paths are relative to the config file.')

/** A build config, with every default filled in. */
export type BuildConfig = z.infer<typeof buildConfigSchema>
/** A build config as it is written. */
export type BuildConfigInput = z.input<typeof buildConfigSchema>
