import { z } from 'zod'
import { intentSchema } from '../../records/prompt.ts'
import { responseModeSchema } from '../../records/response-mode.ts'

const share = z.number().min(0).max(1)
const dimensions = z.enum(['category', 'mode', 'intent', 'language', 'source'])

export const mixtureCapSchema = z
  .strictObject({
    by: z.array(dimensions).default([]).describe('One cap for each combination of these; empty: one cap for all rows.'),
    where: z
      .strictObject({
        category: z.string().optional(),
        mode: responseModeSchema.optional(),
        intent: intentSchema.optional(),
        language: z.string().optional(),
        source: z.string().optional(),
      })
      .default({})
      .describe('Only rows with these values count.'),
    max: z.int().nonnegative().describe('Accepted rows at most, best reward first.'),
  })
  .describe('A cap on the mixture.')
export type MixtureCap = Readonly<z.infer<typeof mixtureCapSchema>>

export const selectSettingsSchema = z
  .strictObject({
    rule: z
      .enum(['reward', 'safety_only'])
      .default('reward')
      .describe(
        'reward: the thresholds below, then the highest r = h * s. safety_only: what Yuan et al. filter their SFT stage on, then the highest s.',
      ),
    minSafety: share
      .default(1)
      .describe('s of an accepted row. 1 = fully compliant in every vote (STAR-1 keeps full marks only).'),
    minHelpfulness: share
      .default(2 / 3)
      .describe(
        'h of an accepted row; 2/3 is a 3 of 4, the mark that OpenSafeIntent gives a good bare redirect at most.',
      ),
    minReasoning: share
      .default(2 / 3)
      .describe('Reasoning quality; 2/3 is a 3 of 4: sound, applies the clauses that decide.'),
    requireModeAgreement: z
      .boolean()
      .default(true)
      .describe('The blind mode judge must see the mode that the candidate declared.'),
    mixture: z.array(mixtureCapSchema).default([]),
  })
  .describe('Which candidates become rows. Changing anything here never sends a request.')
export type SelectSettings = Readonly<z.infer<typeof selectSettingsSchema>>
