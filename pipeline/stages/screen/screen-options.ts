import { z } from 'zod'

export const screenOptionsSchema = z.strictObject({
  /**
   * Jaccard similarity of word 3-shingles from which a later prompt is a near duplicate; null keeps them all. 0.8 as in
   * Lee et al. 2022 (arXiv 2107.06499); 3 words for their 5 because prompts are short [ours].
   */
  nearDuplicateThreshold: z.number().min(0.5).max(1).nullable().default(0.8),
  /** GPT-3 (Brown et al. 2020, appendix C) and STAR-1 (arXiv 2504.01903) decontaminate with 13-grams. */
  ngramWords: z.int().min(8).max(50).default(13),
  /** Whole texts shorter than `ngramWords` count inside others from this length on; shorter ones only if equal. */
  minContainedWords: z.int().min(3).max(8).default(5),
})
export type ScreenOptions = Readonly<z.infer<typeof screenOptionsSchema>>
