import { z } from 'zod'
import { intentSchema } from '../records/prompt.ts'

const formats = ['jsonl', 'json', 'csv', 'parquet'] as const
export type Format = (typeof formats)[number]

/** A column or key; dots lead into nested values (`meta.topic`, `turns.0.text`). */
export const fieldPathSchema = z.string().min(1)

const labelRuleSchema = z
  .strictObject({
    field: fieldPathSchema.optional(),
    /** From the source's value (text, number or boolean, as text) to ours. A value that it lacks is a bad row. */
    map: z.record(z.string(), z.string()).optional(),
    /** Instead of an absent value or one that `map` lacks. */
    default: z.string().min(1).optional(),
    /** One value for every row. */
    value: z.string().min(1).optional(),
  })
  .refine((rule) => (rule.field === undefined) !== (rule.value === undefined), 'expected either "field" or "value"')
  .refine((rule) => rule.value === undefined || (rule.map ?? rule.default) === undefined, {
    error: '"map" and "default" go with "field", not with "value"',
  })

/** A field name, or {field, map?, default?}, or {value}. */
export const labelSchema = z.union([fieldPathSchema, labelRuleSchema], {
  error: 'expected a field name, {field, map?, default?} or {value}',
})
export type Label = z.infer<typeof labelSchema>

/** One of the prompts that a row expands to; what it gives overrides the row's labels. */
const variantSchema = z.strictObject({
  prompt: fieldPathSchema,
  intent: intentSchema.optional(),
  category: z.string().min(1).optional(),
  language: z.string().min(1).optional(),
})
export type Variant = Readonly<z.infer<typeof variantSchema>>

const fieldMappingSchema = z
  .strictObject({
    /** A text field: one user turn. */
    prompt: fieldPathSchema.optional(),
    /** A list of {role, content}, or of {from, value} as in ShareGPT. */
    messages: fieldPathSchema.optional(),
    /** Several text fields: each a prompt, all of one family. */
    expand: z.array(variantSchema).min(1).readonly().optional(),
    system: labelSchema.optional(),
    category: labelSchema.optional(),
    intent: labelSchema.optional(),
    family: labelSchema.optional(),
    language: labelSchema.optional(),
  })
  .refine((fields) => [fields.prompt, fields.messages, fields.expand].filter((way) => way !== undefined).length === 1, {
    error: 'expected exactly one of "prompt", "messages" and "expand"',
  })
export type FieldMapping = Readonly<z.infer<typeof fieldMappingSchema>>

/** Files of rows. */
export const filesSchema = z.strictObject({
  /** A path or glob pattern, or a list of them, relative to the folder of the config. */
  path: z.union([z.string().min(1), z.array(z.string().min(1)).min(1).readonly()], {
    error: 'expected a path or a list of paths',
  }),
  /** `auto` goes by the extension: .jsonl, .ndjson, .json, .csv (each also with .gz) or .parquet. */
  format: z.enum([...formats, 'auto']).default('auto'),
})

export const promptSourceSchema = z.strictObject({
  /** Prefixes the families that the source names, so that two sources never share one by accident. */
  name: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'expected a kebab-case name such as "our-seeds"'),
  ...filesSchema.shape,
  fields: fieldMappingSchema,
  /** A bad row stops the build, or becomes a rejection. */
  onBadRow: z.enum(['stop', 'reject']).default('stop'),
  /** Only the first rows of the source, counted over all its files. */
  limit: z.int().positive().optional(),
})
/** Where prompts come from and how a row becomes one. */
export type PromptSource = Readonly<z.infer<typeof promptSourceSchema>>

export const promptSourcesSchema = z
  .array(promptSourceSchema)
  .min(1)
  .readonly()
  .refine((sources) => new Set(sources.map((source) => source.name)).size === sources.length, {
    error: 'expected prompt sources with distinct names',
  })
