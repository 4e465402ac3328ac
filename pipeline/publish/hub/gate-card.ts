import { parse, stringify } from 'yaml'
import { z } from 'zod'

const cardForm = /^---\n([\s\S]*?)\n---\n/
const fieldsSchema = z.record(z.string(), z.unknown())

const prompt =
  'The prompts of this data set touch harmful topics, some of them on purpose. It is for training and testing how models answer them safely.'

/** The data card with what the hub asks of everyone who wants access. */
export function gateCard(card: string): string {
  return card.replace(cardForm, (_, front: string) => {
    const fields = {
      ...fieldsSchema.parse(parse(front)),
      extra_gated_heading: 'Access to prompts about harmful topics',
      extra_gated_prompt: prompt,
      extra_gated_fields: {
        'I will use it to make models safer, and not to make or spread harmful text': 'checkbox',
      },
      extra_gated_button_content: 'Ask for access',
    }
    return `---\n${stringify(fields, { lineWidth: 0 }).trimEnd()}\n---\n`
  })
}
