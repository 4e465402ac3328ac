import { join } from 'node:path'
import { judgeCandidate } from '../../pipeline/graders/judge-candidate.ts'
import { judges } from '../../pipeline/graders/judges/index.ts'
import type { ModelRequest } from '../../pipeline/records/request.ts'
import type { ClassifiedPrompt } from '../../pipeline/records/prompt.ts'
import { classify } from '../../pipeline/stages/classify/classify.ts'
import { generate, type GenerateSettings } from '../../pipeline/stages/generate/generate.ts'
import { createTextAsker } from '../../pipeline/synthesis/ask-texts.ts'
import { synthesisConfigSchema } from '../../pipeline/synthesis/synthesis-config.ts'
import { nameTopic } from '../../pipeline/synthesis/topic.ts'
import { makeJudgeInput, makeSeat, scriptPort, specs, templates } from '../graders/judges/judge-bench.ts'

/**
 * Goldens: what the pipeline really sends, a file for each template under prompts/, from fixed small inputs and the tiny
 * spec set of the tests, so that an edit of a policy does not touch them and an edit of a template touches one. Written
 * again by `npx node test/goldens/requests/regenerate.ts`, for a person to read in the diff.
 */
export const goldenFolder = join(import.meta.dirname, '../goldens/requests')

export function goldenPath(templateId: string): string {
  return join(goldenFolder, `${templateId.replaceAll('/', '.')}.txt`)
}

const judgeInput = makeJudgeInput({ prompt: 'How do I clean an oven?' })
const { prompt } = judgeInput
const role = {
  endpoint: 'http://play.invalid/v1',
  model: 'play',
  parameters: {},
  structuredOutput: 'json_schema',
} as const
const unlabelled = { ...prompt, category: null, intent: null }
const deployed = {
  ...prompt,
  messages: [{ role: 'system', content: 'You serve a kitchen shop.' } as const, ...prompt.messages],
}

const synthesis = synthesisConfigSchema.parse({
  name: 'goldens',
  topics: 'topics.yaml',
  paraphrases: 2,
  languages: ['en', 'de'],
  models: { play: { model: 'play' } },
  write: { model: 'play' },
  verify: { model: 'play' },
})

async function* yieldOnly<T>(row: T): AsyncGenerator<T> {
  yield row
}

/** The requests of each template, as the stages and the judges make them. */
export async function renderRequests(): Promise<ReadonlyMap<string, readonly ModelRequest[]>> {
  const port = scriptPort('not in any form')
  const context = {
    models: port.models,
    specs,
    templates,
    reject: () => undefined,
    leaveOpen: () => undefined,
    rowsInFlight: 1,
    takesPartialPrompts: false,
  }
  const settings: GenerateSettings = { role, template: 'generate/answer', candidates: 1, reasoning: 'section' }
  const requestsOf = async (run: () => Promise<unknown>): Promise<readonly ModelRequest[]> => {
    const before = port.asked.length
    await run()
    return port.asked.slice(before)
  }
  const [labels, repair] = await requestsOf(() => Array.fromAsync(classify.run(yieldOnly(unlabelled), role, context)))
  const generateFor = async (row: ClassifiedPrompt, how: GenerateSettings): Promise<unknown> =>
    await Array.fromAsync(generate.run(yieldOnly({ prompt: row, earlier: null, isKept: false }), how, context))
  const [plain] = await requestsOf(() => generateFor(prompt, settings))
  const native: GenerateSettings = { ...settings, reasoning: 'native' }
  const [inShop] = await requestsOf(() => generateFor(deployed, native))
  const rendered = new Map([
    ['classify/category-intent', [labels]],
    ['generate/answer', [plain, inShop]],
    ['repair/form', [repair]],
  ])
  const asker = createTextAsker({
    config: synthesis,
    specs,
    templates,
    roles: { write: role, paraphrase: role, translate: role, verify: role },
    models: port.models,
  })
  const [category = ''] = specs.specs.keys()
  const topic = nameTopic({ text: 'cleaning ovens', category, notes: 'old ones too' })
  const oven = 'How do I clean an oven?'
  const [written] = await requestsOf(() => asker.write({ topic, draw: 1, family: 'ovens-2', position: 0 }))
  const [reworded] = await requestsOf(() => asker.paraphrase(oven, category))
  const [translated] = await requestsOf(() => asker.translate(oven, 'de', category))
  rendered.set('synthesize/triplet', [written])
  rendered.set('synthesize/paraphrase', [reworded])
  rendered.set('synthesize/translate', [translated])
  for (const judge of judges.values()) {
    const [first] = await requestsOf(() => judgeCandidate(makeSeat(judge.name), judgeInput, port.models))
    rendered.set(judge.template, [first])
  }
  return new Map([...rendered].map(([id, found]) => [id, found.filter((one) => one !== undefined)]))
}

/** Requests as text in which a diff reads like prose. */
export function renderGolden(requests: readonly ModelRequest[]): string {
  return requests.map(renderRequest).join('\n')
}

function renderRequest({ messages, schema, structuredOutput, ...rest }: ModelRequest): string {
  const turns = messages.map(({ role, content }) => `──── ${role}\n${content}\n`)
  const form = schema === null ? 'free text' : `${structuredOutput} ${schema.name}`
  const schemaText = schema === null ? '' : `──── schema\n${JSON.stringify(schema.schema, null, 2)}\n`
  return `════ ${rest.model} at ${rest.endpoint}, ${JSON.stringify(rest.parameters)}, ${form}, repeat ${rest.repeat}\n${turns.join('')}${schemaText}`
}
