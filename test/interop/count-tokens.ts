/*
 * Counts the tokens of texts.jsonl in a folder that check-tokens.py made, with each tokenizer there and each of OpenAI's
 * encodings, as a build does: node test/interop/count-tokens.ts <folder>
 */
import { createReadStream, globSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import type { Sample } from '../../pipeline/records/sample.ts'
import { trainerFormats } from '../../pipeline/shards/trainer-formats.ts'
import { openChatTemplate } from '../../pipeline/tokens/chat-template.ts'
import { openTokenCounter } from '../../pipeline/tokens/open-token-counter.ts'
import { encodingNames, tokenizerConfigSchema } from '../../pipeline/tokens/tokenizer-config.ts'
import { makeSample } from '../tokens/make-sample.ts'

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('expected a folder that check-tokens.py made')

const lineSchema = z.object({ text: z.string() })
const texts: string[] = []
for await (const line of createInterface({ input: createReadStream(join(folder, 'texts.jsonl')) })) {
  texts.push(lineSchema.parse(JSON.parse(line)).text)
}

/** Templates that print the date are refused when they are opened, see pipeline/tokens/chat-template.ts. */
const caseSchema = z.object({
  name: z.string(),
  template: z.string(),
  variables: z.record(z.string(), z.string()),
  messages: z.array(z.record(z.string(), z.string())),
  rendered: z.string().nullable(),
})
const outcomes = { equal: 0, refused: 0, 'refused by both': 0 }
for await (const line of createInterface({ input: createReadStream(join(folder, 'rendered.jsonl')) })) {
  const { name, template, variables, messages, rendered } = caseSchema.parse(JSON.parse(line))
  let text: string | null = null
  try {
    text = openChatTemplate(template, variables, name).render(messages)
  } catch {
    text = null
  }
  if (text === null) outcomes[rendered === null ? 'refused by both' : 'refused'] += 1
  else if (text === rendered) outcomes.equal += 1
  else throw new Error(`${name}: Python renders ${JSON.stringify(rendered)}, here ${JSON.stringify(text)}`)
}
console.log("ok   TRL's chat templates against transformers:", outcomes)

const counted: string[] = []
const count = (tokenizer: string, measure: (text: string) => number): void => {
  for (const text of texts) counted.push(`${JSON.stringify({ tokenizer, count: measure(text) })}\n`)
}
const open = async (options: object, format: keyof typeof trainerFormats): Promise<(sample: Sample) => number> => {
  const config = tokenizerConfigSchema.parse(options)
  const { measure } = await openTokenCounter(config, trainerFormats[format], folder)
  return (sample) => {
    const length = measure(sample)
    if (length.status === 'misfit') throw new Error(length.detail)
    return length.tokens.total
  }
}
const ask = (content: string): Sample['prompt'] => [{ role: 'user', content }]

for (const path of globSync(join(folder, '*.json')).toSorted()) {
  const file = basename(path)
  const name = basename(path, '.json')
  const plain = await open({ file }, 'messages')
  count(name, (text) => plain(makeSample({ prompt: ask(''), answer: text })))
  const template = { chatTemplate: 'template.jinja', templateVariables: { bos_token: '<|im_start|>' } }
  const rendered = await open({ file, ...template }, 'reasoning_content')
  count(`${name} with the template`, (text) =>
    rendered(
      makeSample({
        prompt: [{ role: 'system', content: 'Be kind.' }, ...ask(text)],
        reasoning: text,
        answer: `Answer: ${text}`,
      }),
    ),
  )
}
for (const encoding of encodingNames) {
  const plain = await open({ encoding }, 'messages')
  count(encoding, (text) => plain(makeSample({ prompt: ask(''), answer: text })))
}
const harmony = await open({ encoding: 'o200k_harmony' }, 'harmony')
count('harmony text', (text) => harmony(makeSample({ prompt: ask('How?'), reasoning: '', answer: text })))
await writeFile(join(folder, 'counts.jsonl'), counted.join(''))
