import * as fc from 'fast-check'
import { hash } from 'node:crypto'
import { expect, test } from 'vitest'
import { startServer } from '../build/build-project.ts'
import type { Scripted } from '../support/chat-server.ts'
import { playLabels, playWriter, type Asked } from './play-writer.ts'
import { createSynthesis, makeSet, threeTopics } from './synthesis-project.ts'

const misfits = {
  malformed: { content: 'Sure.' },
  refused: { content: null, refusal: 'No.' },
  filtered: { content: '', finish_reason: 'content_filter' },
  truncated: { content: '{"a', finish_reason: 'length' },
  english: {
    content: JSON.stringify({
      translation: 'This is plainly no translation but a sentence in English, as anyone can see.',
    }),
  },
  short: { content: JSON.stringify({ wordings: ['Why?', 'How?'] }) },
  benign: { content: JSON.stringify(playLabels('benign', 'privacy')) },
} as const satisfies Record<string, Scripted>

const mix = fc.record({
  misfits: fc.array(fc.constantFrom(...Object.values(misfits)), { maxLength: 6 }),
  rate: fc.integer({ min: 0, max: 60 }),
  seed: fc.nat(),
  paraphrases: fc.integer({ min: 0, max: 2 }),
  languages: fc.constantFrom(['en'], ['en', 'de']),
  familiesPerTopic: fc.integer({ min: 1, max: 2 }),
  incompleteFamilies: fc.constantFrom('keep', 'drop'),
  category: fc.constantFrom('keep', 'reject'),
})

test('whatever the models send, every place for a prompt ends in the set or among the rejected, once', async () => {
  await fc.assert(
    fc.asyncProperty(mix, async ({ misfits: pool, rate, seed, category, ...config }) => {
      const instead = ({ step, text }: Asked): Scripted | undefined => {
        const die = Number.parseInt(hash('sha256', JSON.stringify([seed, step, text])).slice(0, 8), 16)
        return die % 100 < rate ? pool[die % pool.length] : undefined
      }
      const server = await startServer(playWriter({ instead }))
      const verify = { model: 'checker', category }
      const project = await createSynthesis({ baseUrl: server.baseUrl, config: { ...config, verify } })
      const { result, prompts, rejected } = await makeSet(project)
      const { counts } = result
      const slots =
        threeTopics.length * config.familiesPerTopic * 3 * (1 + config.paraphrases) * config.languages.length
      expect(counts.slots).toBe(slots)
      expect(counts.open).toBe(0)
      expect(prompts.length).toBe(counts.accepted)
      expect(prompts.length + rejected.length).toBe(slots)
      const places = [...prompts, ...rejected].map(({ family, intent, variant, language }) =>
        [family, intent, variant, language].join('/'),
      )
      expect(new Set(places).size).toBe(slots)
      expect(new Set(prompts.map(({ id }) => id)).size).toBe(prompts.length)
      const { complete, incomplete, empty } = counts.families
      expect(complete + incomplete + empty).toBe(threeTopics.length * config.familiesPerTopic)
      for (const row of prompts) expect(row.requests.verify.length).toBeGreaterThan(0)
    }),
    { numRuns: 12 },
  )
})
