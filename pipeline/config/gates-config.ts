import { z } from 'zod'
import { judges } from '../graders/judges/index.ts'
import { rules } from '../graders/rules/index.ts'
import { promptSourceSchema } from '../importers/source-config.ts'
import { intents } from '../records/prompt.ts'
import { responseModes } from '../records/response-mode.ts'

const graderNames = z.enum([...judges.keys(), ...rules.map((rule) => rule.name)])
const share = z.number().min(0).max(1)

const floors = z.union([share, z.record(z.string(), share)], {
  error: 'expected a share from 0 to 1 for every category, or {<category>: share}',
})
/** One floor for every category, or one for each that is named. */
export type Floors = z.infer<typeof floors>

const bounds = z
  .strictObject({ min: share.optional(), max: share.optional() })
  .refine(({ min, max }) => (min ?? max) !== undefined && (min ?? 0) <= (max ?? 1), {
    error: 'expected min, max or both, min not above max',
  })
export type Bounds = Readonly<z.infer<typeof bounds>>

const cells = responseModes.flatMap((mode) => intents.map((intent) => `${mode}/${intent}` as const))
const nearThreshold = z
  .number()
  .min(0.5)
  .max(1)
  .nullable()
  .default(0.8)
  .describe(
    'Jaccard similarity of word 3-shingles from which two prompts are near copies. Null: only exact ones count.',
  )

/** The texts of a row that a trainer reads. */
export const rowTexts = ['prompt', 'reasoning', 'answer'] as const

export const gatesConfigSchema = z.strictObject({
  minGradingCoverage: share
    .default(0.95)
    .describe('Share of judged candidates whose judges all gave a verdict; below it the build is held back.'),
  minGradingCoverageByCategory: floors.nullable().default(null).describe('The same within each category. Null: never.'),
  acceptance: z
    .strictObject({
      min: share.optional().describe('Least share of the prompts left by the screen that got an accepted row.'),
      minByCategory: floors.optional().describe('Least share of the graded prompts of a category.'),
    })
    .nullable()
    .default(null)
    .describe('Holds a build back in which too few prompts got a row. Null: never.'),
  mixture: z
    .strictObject({
      modes: z.partialRecord(z.enum(responseModes), bounds).default({}).describe('Response mode to its share of rows.'),
      intents: z.partialRecord(z.enum(intents), bounds).default({}).describe('Intent to its share of rows.'),
      categories: z.record(z.string(), bounds).default({}).describe('Category to its share of rows.'),
      cells: z.partialRecord(z.enum(cells), bounds).default({}).describe('`<mode>/<intent>` to its share of rows.'),
    })
    .nullable()
    .default(null)
    .describe('Holds a build back whose accepted rows are mixed otherwise. Null: never.'),
  drift: z
    .strictObject({
      against: z.string().optional().describe('A published build folder. Default: `latest` of the name.'),
      maxAcceptanceChange: share.optional().describe('Largest change of the acceptance, up or down.'),
      maxModeShift: share.optional().describe('Largest total variation distance between the mixes of modes.'),
      maxRewardChange: share.optional().describe('Largest change of the mean reward, up or down.'),
      maxAnswerLengthChange: z
        .number()
        .positive()
        .optional()
        .describe('Largest change of the mean length of answers, as a share of the earlier mean.'),
    })
    .nullable()
    .default(null)
    .describe('Holds a build back that moved too far from the one that is published. Null: never.'),
  contamination: z
    .strictObject({
      evaluations: z
        .array(promptSourceSchema)
        .default([])
        .describe('Evaluation sets beside those of `evaluations`, looked for here alone.'),
      nearThreshold,
    })
    .nullable()
    .default(null)
    .describe('Holds a build back if a row holds an evaluation prompt. Null: never.'),
  duplicates: z
    .strictObject({
      against: z.array(z.string()).min(1).describe('Build folders, or folders with builds below them.'),
      nearThreshold,
    })
    .nullable()
    .default(null)
    .describe('Holds a build back if one of its prompts is in a set that was published before. Null: never.'),
  calibration: z
    .strictObject({
      graders: z
        .array(graderNames)
        .min(1)
        .describe('Graders of this build that must have been compared with people, as they are now.'),
      minKappa: z.number().min(-1).max(1).optional().describe("Least Cohen's kappa with people's labels."),
      maxAgeDays: z.number().positive().optional().describe('Longest time since they were compared.'),
    })
    .nullable()
    .default(null)
    .describe('Holds a build back whose graders changed since `calibrate`, or never went through it. Null: never.'),
  sensitiveText: z
    .strictObject({
      secrets: z.boolean().default(true).describe('Keys, tokens, passwords in addresses.'),
      personalData: z.boolean().default(true).describe('E-mail addresses, phone, card and account numbers.'),
      fields: z
        .array(z.enum(rowTexts))
        .min(1)
        .default([...rowTexts])
        .describe('Which texts of a row are looked at.'),
    })
    .nullable()
    .default(null)
    .describe('Holds a build back if a row holds secrets or personal data. Null: never.'),
})
export type GatesConfig = z.infer<typeof gatesConfigSchema>
