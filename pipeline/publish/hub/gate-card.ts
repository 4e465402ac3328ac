import { editFrontMatter } from '../edit-front-matter.ts'

const prompt =
  'The prompts of this data set touch harmful topics, some of them on purpose. It is for training and testing how models answer them safely.'

/** The data card with what the hub asks of everyone who wants access. */
export function gateCard(card: string): string {
  return editFrontMatter(card, (fields) => ({
    ...fields,
    extra_gated_heading: 'Access to prompts about harmful topics',
    extra_gated_prompt: prompt,
    extra_gated_fields: {
      'I will use it to make models safer, and not to make or spread harmful text': 'checkbox',
    },
    extra_gated_button_content: 'Ask for access',
  }))
}
