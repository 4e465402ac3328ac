import { z } from 'zod'
import type { Manifest } from '../build/manifest.ts'

const sourcesSchema = z.array(z.object({ path: z.union([z.string(), z.array(z.string())]) }))
const tokenizerSchema = z.object({ file: z.string().optional(), chatTemplate: z.string().nullable().default(null) })
const configSchema = z.object({
  sources: sourcesSchema,
  evaluations: sourcesSchema.default([]),
  emit: z.object({ tokenizer: tokenizerSchema.nullable().default(null) }).optional(),
})

/** Paths of prompts and tokenizers as a build's config gives them. */
export function listInputPaths({ inputs }: Manifest): readonly string[] {
  const { sources, evaluations, emit } = configSchema.parse(inputs.config)
  const tokenizer = emit?.tokenizer ?? null
  const files = [tokenizer?.file, tokenizer?.chatTemplate].filter((path) => typeof path === 'string')
  return [...[...sources, ...evaluations].flatMap(({ path }) => path), ...files]
}
