import { z } from 'zod'
import type { ResponseSchema } from '../records/request.ts'

/**
 * A zod object as the portable JSON Schema that servers enforce: `$schema` and number bounds are left out (llama.cpp
 * ignores bounds, and zod adds the safe-integer range to every integer).
 */
export function toResponseSchema(name: string, schema: z.ZodType): ResponseSchema {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, {
    override: ({ jsonSchema }) => {
      delete jsonSchema.minimum
      delete jsonSchema.maximum
    },
  })
  return { name, schema: z.record(z.string(), z.json()).parse(json) }
}
