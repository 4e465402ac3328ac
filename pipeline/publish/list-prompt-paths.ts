import { z } from 'zod'
import type { Manifest } from '../build/manifest.ts'

const sourcesSchema = z.array(z.object({ path: z.union([z.string(), z.array(z.string())]) }))
const configSchema = z.object({ sources: sourcesSchema, evaluations: sourcesSchema.default([]) })

/** Paths of prompts as a build's config gives them. */
export function listPromptPaths({ inputs }: Manifest): readonly string[] {
  const { sources, evaluations } = configSchema.parse(inputs.config)
  return [...sources, ...evaluations].flatMap(({ path }) => path)
}
