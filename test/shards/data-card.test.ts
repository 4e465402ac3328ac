import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { renderDataCard, type DataCard } from '../../pipeline/shards/data-card.ts'
import { rejectionColumns } from '../../pipeline/shards/rejection-columns.ts'
import { oddColumns } from './odd-rows.ts'

const frontMatterSchema = z.looseObject({
  license: z.string(),
  size_categories: z.array(z.string()),
  task_categories: z.array(z.string()),
  configs: z.array(
    z.object({
      config_name: z.string(),
      default: z.boolean().optional(),
      data_files: z.array(z.object({ split: z.string(), path: z.string() })),
    }),
  ),
  dataset_info: z.array(
    z.object({
      config_name: z.string(),
      features: z.array(z.looseObject({ name: z.string() })).optional(),
      splits: z.array(z.object({ name: z.string(), num_bytes: z.number(), num_examples: z.number() })),
    }),
  ),
})

function frontMatterOf(text: string): z.infer<typeof frontMatterSchema> {
  const [before, yaml] = text.split(/^---$/m)
  expect(before).toBe('')
  return frontMatterSchema.parse(parse(yaml ?? ''))
}

const card: DataCard = {
  name: 'demo',
  description: 'A **small** set.',
  license: 'apache-2.0',
  languages: ['en'],
  configs: [
    {
      name: 'default',
      isDefault: true,
      dataFiles: [
        { split: 'train', path: 'data/*/train-*.parquet' },
        { split: 'validation', path: 'data/*/validation-*.parquet' },
      ],
      columns: oddColumns,
      splits: [
        { name: 'train', rows: 900, bytes: 1000 },
        { name: 'validation', rows: 100, bytes: 200 },
      ],
    },
    {
      name: 'rejected',
      dataFiles: [{ split: 'train', path: 'rejected/*.parquet' }],
      columns: rejectionColumns,
      splits: [{ name: 'train', rows: 7, bytes: 70 }],
    },
  ],
  totals: { rows: 1000, bytes: 1200 },
  mixture: { headings: ['category', 'direct_answer'], rows: [['cyber', 12]] },
  caveats: ['Answers are synthetic.'],
}

test('the front matter parses, and its paths, splits and features are those given', () => {
  const front = frontMatterOf(renderDataCard(card))
  expect(front).toMatchObject({
    pretty_name: 'demo',
    license: 'apache-2.0',
    language: ['en'],
    size_categories: ['1K<n<10K'],
    task_categories: ['text-generation'],
  })
  expect(front.configs.map((config) => config.data_files)).toEqual(card.configs.map((config) => config.dataFiles))
  expect(front.configs.map((config) => config.default)).toEqual([true, undefined])
  expect(front.dataset_info.map((info) => info.splits.map((split) => split.num_examples))).toEqual([[900, 100], [7]])
  expect(front.dataset_info[0]?.features).toContainEqual({ name: 'tags', sequence: 'string' })
  expect(front.dataset_info[0]?.features).toContainEqual({
    name: 'context',
    list: [
      { name: 'role', dtype: 'string' },
      { name: 'content', dtype: 'string' },
    ],
  })
})

test('the prose says what the set is for, what is in it and what was taken out', () => {
  const text = renderDataCard(card)
  for (const part of [
    'training safety behaviour',
    'sensitive',
    'evaluation set',
    'manifest.json',
    'A **small** set.',
  ]) {
    expect(text).toContain(part)
  }
  expect(text).toContain(String.raw`| cyber | 12 |`)
})

test('a hostile name breaks neither the YAML nor the tables', () => {
  const hostile = 'x\n---\nlicense: mit\n| <script>alert(1)</script> | [a](http://b) `c`: "d" # \'e\' &amp;'
  const [first] = card.configs
  const text = renderDataCard({
    ...card,
    name: hostile,
    license: hostile,
    caveats: [hostile],
    configs: first ? [{ ...first, name: hostile, dataFiles: [{ split: hostile, path: hostile }] }] : [],
    mixture: { headings: [hostile], rows: [[hostile]] },
  })
  const front = frontMatterOf(text)
  expect(front.license).toBe(hostile)
  expect(front.configs[0]).toMatchObject({ config_name: hostile, data_files: [{ split: hostile, path: hostile }] })
  const prose = text.split(/^---$/m).slice(2).join('')
  expect(prose).not.toMatch(/<script|\[a\]\(|`c`/)
  expect(text.match(/^---$/gm)).toHaveLength(2)
  expect(prose.match(/^\| .* \|$/gm)).toHaveLength(4 + 3)
})
