import { buildConfigSchema } from '../config/build-config.ts'
import type { Caps } from '../models/budget.ts'
import { UserError } from '../records/user-error.ts'

export type CapOptions = {
  /** US dollars for this run; default: the config's. */
  readonly maxCostUsd?: number | undefined
  /** Prompt and reply tokens for this run; default: the config's. */
  readonly maxTokens?: number | undefined
}

/**
 * What a caller caps goes before what the config does.
 * @throws UserError `usage` for a cap that is none.
 */
export function applyCaps<R extends { readonly config: { readonly budget: Caps } }>(
  resolved: R,
  { maxCostUsd, maxTokens }: CapOptions,
): R {
  const { budget } = resolved.config
  const caps = { maxCostUsd: maxCostUsd ?? budget.maxCostUsd, maxTokens: maxTokens ?? budget.maxTokens }
  const parsed = buildConfigSchema.shape.budget.safeParse(caps)
  if (parsed.success) return { ...resolved, config: { ...resolved.config, budget: parsed.data } }
  throw new UserError('usage', `--max-cost, --max-tokens: ${parsed.error.issues[0]?.message ?? 'expected a cap'}`, {
    remedy: 'Give dollars such as 12.50, and a whole number of tokens, both above zero.',
  })
}
