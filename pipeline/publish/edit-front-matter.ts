import { parse, stringify } from 'yaml'
import { z } from 'zod'

const cardForm = /^---\n([\s\S]*?)\n---\n/
const fieldsSchema = z.record(z.string(), z.unknown())

/** A data card with the fields that `edit` makes of those of its front matter. */
export function editFrontMatter(card: string, edit: (fields: z.infer<typeof fieldsSchema>) => object): string {
  return card.replace(cardForm, (_, front: string) => {
    const fields = edit(fieldsSchema.parse(parse(front)))
    return `---\n${stringify(fields, { lineWidth: 0 }).trimEnd()}\n---\n`
  })
}
