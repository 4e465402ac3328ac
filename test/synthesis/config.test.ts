import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { UserError } from '../../pipeline/records/user-error.ts'
import { loadSynthesis } from '../../pipeline/synthesis/load-synthesis.ts'
import { topicSchema } from '../../pipeline/synthesis/topic.ts'
import { synthesisConfigSchema } from '../../pipeline/synthesis/synthesis-config.ts'
import { synthesisCodes } from '../../pipeline/records/synthetic-prompt.ts'
import { listConfigKeys } from '../docs/config-keys.ts'
import { readSection, readTable, unquote } from '../docs/read-markdown.ts'
import { createSynthesis } from './synthesis-project.ts'

const root = resolve(import.meta.dirname, '../..')
const baseUrl = 'http://127.0.0.1:9/v1'

async function readFlaw(config: Readonly<Record<string, unknown>>): Promise<string> {
  const project = await createSynthesis({ baseUrl, config })
  try {
    await loadSynthesis(project.config)
  } catch (error) {
    if (error instanceof UserError) return `${error.code}: ${error.message} ${error.remedy}`
    throw error
  }
  return 'none'
}

test.each([
  [
    'a model that verifies itself',
    { verify: { model: 'writer' } },
    'is the same model at the same endpoint as write.model',
  ],
  [
    'the same model under another name and a slash more',
    {
      models: {
        writer: { baseUrl, model: 'one', apiKeyEnv: null },
        checker: { baseUrl: `${baseUrl}/`, model: 'one', apiKeyEnv: null },
      },
    },
    'it would verify what it wrote itself',
  ],
  [
    'a verifier that only translates',
    { translate: { model: 'checker' } },
    'is the same model at the same endpoint as translate.model',
  ],
  ['a model that is not there', { write: { model: 'wrtier' } }, 'there is no model "wrtier"'],
  ['a category without a spec', { topics: [{ text: 'gardening at night', category: 'gardens' }] }, 'got "gardens"'],
  [
    'a topic twice',
    { topics: [1, 2].map(() => ({ text: 'gardening at night', category: 'general' })) },
    'topics.1.text: is that of an earlier topic',
  ],
  ['a language twice', { languages: ['en', 'de', 'en'] }, '"en" stands twice'],
  ['no language', { languages: ['xq'] }, 'expected a language\'s code, got "xq"'],
  ['a key that is none', { paraphrase: { modle: 'writer' } }, 'Did you mean "model"?'],
  ['lengths that no text has', { rules: { minCharacters: 50, maxCharacters: 40 } }, 'expected less than maxCharacters'],
  ['no topics', { topics: [] }, 'topics'],
  ['a template that is not there', { write: { model: 'writer', template: 'synthesize/none' } }, 'synthesize/none'],
])('%s is refused, and said', async (_, config, message) => {
  expect(await readFlaw(config)).toContain(message)
})

test('a model may verify itself where the config says so', async () => {
  expect(await readFlaw({ verify: { model: 'writer', allowSameModel: true } })).toBe('none')
})

test('topics may stand in a file of their own, whose problems are told by its lines', async () => {
  const project = await createSynthesis({ baseUrl, config: { topics: 'topics.yaml' } })
  const file = join(project.folder, 'topics.yaml')
  await writeFile(file, 'topics:\n  - { text: gardening at night, category: general }\n')
  expect((await loadSynthesis(project.config)).topics.length).toBe(1)
  await writeFile(file, 'topics:\n  - text: gardening at night\n    category: gardens\n')
  await expect(loadSynthesis(project.config)).rejects.toThrow(/topics\.yaml:3: topics\.0\.category/)
})

test('the shipped topics have specs, and each category has two', async () => {
  const project = await createSynthesis({ baseUrl, config: { topics: join(root, 'data/seeds/topics.yaml') } })
  const { topics, specs } = await loadSynthesis(project.config)
  const counts = Map.groupBy(topics, ({ category }) => category)
  expect([...specs.specs.keys()].map((category) => counts.get(category)?.length)).toEqual(
    [...specs.specs.keys()].map(() => 2),
  )
})

/** Those of build configs, which docs/configuration.md has. */
const sharedKeys = /^(?:models|screen|evaluations|budget|batch|store)\b/

test('docs/synthesis.md has every key of the config with its default, and no other', async () => {
  const text = await readFile(join(root, 'docs/synthesis.md'), 'utf8')
  const documented = new Map(
    readTable(readSection(text, 'Config')).map(([key = '', fallback = '']) => [unquote(key), fallback]),
  )
  const keys = listConfigKeys(synthesisConfigSchema.toJSONSchema({ io: 'input' }))
  const names = [...keys.keys()].map((key) => (sharedKeys.test(key) ? (/^\w+/.exec(key)?.[0] ?? '') : key))
  const ofTopics = Object.keys(topicSchema.shape).map((key) => `topics[].${key}`)
  expect([...documented.keys()].toSorted()).toEqual([...new Set([...names, ...ofTopics])].toSorted())
  for (const [key, fallback] of keys) {
    if (fallback === undefined || sharedKeys.test(key)) continue
    expect([key, documented.get(key)]).toEqual([key, `\`${fallback}\``])
  }
})

test('docs/synthesis.md has every reason code', async () => {
  const text = await readFile(join(root, 'docs/synthesis.md'), 'utf8')
  const rows = readTable(readSection(text, 'What it leaves')).filter(
    ([stage = '', code = '']) => !stage.startsWith('`') && code.startsWith('`'),
  )
  const documented = rows.flatMap(([stages = '', codes = '']) =>
    stages.split(', ').flatMap((stage) => codes.split(', ').map((code) => `${stage} ${unquote(code)}`)),
  )
  const known = Object.entries(synthesisCodes).flatMap(([stage, codes]) => codes.map((code) => `${stage} ${code}`))
  expect(documented.toSorted()).toEqual(known.toSorted())
})
