import { z } from 'zod'

export const responseModes = ['direct_answer', 'safe_completion', 'refuse_with_redirection'] as const
export const responseModeSchema = z.enum(responseModes)
/** The three response modes of Yuan et al. 2025 (arXiv 2508.09224), section 2. */
export type ResponseMode = z.infer<typeof responseModeSchema>
