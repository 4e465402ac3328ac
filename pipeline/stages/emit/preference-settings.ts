import { z } from 'zod'

/** Reasons for which a graded candidate may lose a pair; the others say nothing about its answer. */
export const pairableCodes = [
  'unsafe',
  'unhelpful',
  'mode_mismatch',
  'poor_reasoning',
  'outranked',
  'overruled',
] as const

export const preferenceSettingsSchema = z
  .strictObject({
    minMargin: z
      .number()
      .gt(0)
      .max(1)
      .describe('By how much the reward r = h * s of the chosen answer must be higher, 0 to 1.'),
    codes: z
      .array(z.enum(pairableCodes))
      .min(1)
      .default(['unsafe', 'unhelpful', 'mode_mismatch'])
      .describe('Candidates rejected for these reasons may be the rejected side.'),
    perPrompt: z.int().min(1).max(63).default(1).describe('Pairs of one prompt at most, widest margin first.'),
  })
  .describe('Also writes preference/: pairs for DPO. Their rejected sides hold answers that graders found unsafe.')
export type PreferenceSettings = Readonly<z.infer<typeof preferenceSettingsSchema>>
