import { z } from 'zod'
import type { ConfigProblem } from '../config/load-yaml.ts'
import { fieldPathSchema, filesSchema, labelSchema } from '../importers/source-config.ts'

/** YAML reads some words as numbers or truth values; in data and in classes they are words. */
const wordSchema = z.union([z.string(), z.number().transform(String), z.boolean().transform(String)], {
  error: 'expected a word',
})

const fieldsSchema = z
  .strictObject({
    prompt: fieldPathSchema.optional().describe('A text field: one user turn.'),
    messages: fieldPathSchema.optional().describe('A list of {role, content}, or of {from, value} as in ShareGPT.'),
    answer: fieldPathSchema.describe('The answer that people labelled, as the end user saw it.'),
    label: fieldPathSchema.describe('What people said of it.'),
    reasoning: fieldPathSchema.optional(),
    system: labelSchema.optional(),
    category: labelSchema.optional(),
    intent: labelSchema.optional(),
    mode: labelSchema.optional().describe('The response mode that the candidate declared.'),
    language: labelSchema.optional(),
  })
  .refine((fields) => (fields.prompt === undefined) !== (fields.messages === undefined), {
    error: 'expected either "prompt" or "messages"',
  })

export const labelsConfigSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'expected a kebab-case name such as "our-labels"'),
    ...filesSchema.shape,
    fields: fieldsSchema,
    labels: z.record(z.string(), wordSchema).describe("From people's words to classes of the grader."),
    ignore: z.array(wordSchema).default([]).describe('Words whose examples are left out; they are counted.'),
    classes: z
      .record(z.string(), z.array(wordSchema).min(1))
      .default({})
      .describe('Merges classes of the grader: a coarse class to those that it takes the place of.'),
    slices: z
      .array(fieldPathSchema)
      .default([])
      .describe('Fields of the rows: figures are also given by their values.'),
    holdOut: z
      .strictObject({
        by: z.literal('sha256-of-prompt-and-answer').default('sha256-of-prompt-and-answer'),
        share: z.number().gt(0).lt(1).describe('Of all examples, the share that is held out.'),
        part: z.enum(['dev', 'held-out']).default('dev').describe('The part that is measured unless --part says more.'),
      })
      .optional(),
  })
  .describe('Examples labelled by people, for `safe-completions calibrate`. Paths are relative to the file.')

/** A labels file, with every default filled in. */
export type LabelsConfig = z.infer<typeof labelsConfigSchema>

/** What the schema cannot say. */
export function findLabelsFlaws({ labels, ignore, classes }: LabelsConfig): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = []
  for (const word of ignore.filter((one) => Object.hasOwn(labels, one))) {
    problems.push({ path: ['labels', word], message: 'is also under "ignore".', remedy: 'Leave one of the two.' })
  }
  const merged = new Map<string, string>()
  for (const [coarse, members] of Object.entries(classes)) {
    for (const [n, member] of members.entries()) {
      const other = merged.get(member)
      merged.set(member, coarse)
      if (other === undefined) continue
      const message = `the class "${member}" is in "${other}" already.`
      problems.push({ path: ['classes', coarse, n], message, remedy: 'Give each class one place.' })
    }
  }
  return problems
}
