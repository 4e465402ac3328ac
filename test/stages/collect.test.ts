import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { promptSourceSchema } from '../../pipeline/importers/source-config.ts'
import { promptSchema } from '../../pipeline/records/prompt.ts'
import { rejectionSchema } from '../../pipeline/records/rejection.ts'
import { computePromptId } from '../../pipeline/stages/collect/prompt-id.ts'
import { findPublicData } from '../importers/public-data.ts'
import { collectFile, collectRows, collectValues } from './collect-rows.ts'

const user = (content: string) => ({ role: 'user', content }) as const
const assistant = (content: string) => ({ role: 'assistant', content }) as const

describe('identity', () => {
  test('the id of a known conversation is that of the documented form, as another program computed it', () => {
    expect(computePromptId([user('How do I blow up a balloon?')])).toBe('p_04f69e8d4fd6ae88d1bf')
  })
  const message = fc.record({
    role: fc.constantFrom('user', 'assistant', 'system'),
    content: fc.string({ unit: 'binary' }),
  })
  test('equal conversations have equal ids, unlike ones unlike ids: nothing is ignored', () => {
    const conversation = fc.array(message, { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(conversation, conversation, (left, right) => {
        expect(computePromptId(structuredClone(left))).toBe(computePromptId(left))
        const isSame =
          JSON.stringify(left.map((m) => [m.role, m.content])) === JSON.stringify(right.map((m) => [m.role, m.content]))
        expect(computePromptId(left) === computePromptId(right)).toBe(isSame)
      }),
    )
  })
  test('case, spacing, roles and the borders of turns are part of the identity', () => {
    const conversations = [
      [user('ab')],
      [user('Ab')],
      [user('ab ')],
      [assistant('ab')],
      [user('a'), assistant('b'), user('c')],
      [user('a'), assistant('bc'), user('')],
    ]
    expect(new Set(conversations.map(computePromptId)).size).toBe(conversations.length)
  })
})

describe('families', () => {
  test('a prompt without a family is its own', async () => {
    const { prompts } = await collectValues([{ q: 'a' }, { q: 'b' }], { prompt: 'q' })
    expect(prompts.map(({ id, family }) => id === family)).toEqual([true, true])
  })
  test('a family that a source names is shared within the source and with no other', async () => {
    const rows = [
      { q: 'a', f: 'x' },
      { q: 'b', f: 'x' },
    ]
    const one = await collectValues(rows, { prompt: 'q', family: 'f' }, { name: 'one' })
    const two = await collectValues(rows, { prompt: 'q', family: 'f' }, { name: 'two' })
    expect(one.prompts.map(({ family }) => family)).toEqual(['one/x', 'one/x'])
    expect(two.prompts.map(({ family }) => family)).toEqual(['two/x', 'two/x'])
  })
  test('a row that expands gives one family, and a bad variant takes no other with it', async () => {
    const { prompts, rejections } = await collectValues([{ a: 'one', b: '', c: 'three', t: 'law' }], {
      expand: [
        { prompt: 'a', intent: 'benign' },
        { prompt: 'b' },
        { prompt: 'c', intent: 'malicious', category: 'own' },
      ],
      category: 't',
      intent: { value: 'dual_use' },
    })
    expect(prompts.map(({ category, intent }) => [category, intent])).toEqual([
      ['law', 'benign'],
      ['own', 'malicious'],
    ])
    expect(new Set(prompts.map(({ family }) => family))).toEqual(new Set([prompts[0]?.id]))
    expect(rejections).toHaveLength(1)
  })
})

describe('public files', () => {
  test('60 intent triplets become 180 prompts in 60 families of three intents', async (context) => {
    const { prompts } = await collectFile(findPublicData(context), 'intent-triplets/opensafeintent_60.json', {
      expand: [
        { prompt: 'prompt_benign', intent: 'benign' },
        { prompt: 'prompt_dual_use', intent: 'dual_use' },
        { prompt: 'prompt_malicious', intent: 'malicious' },
      ],
      category: { field: 'harm_domain', map: { 'Cyber Compromise': 'cyber' }, default: 'general' },
    })
    expect(prompts).toHaveLength(180)
    const families = Map.groupBy(prompts, ({ family }) => family)
    expect(families.size).toBe(60)
    for (const members of families.values()) {
      expect(members.map(({ intent }) => intent)).toEqual(['benign', 'dual_use', 'malicious'])
    }
    expect(new Set(prompts.map(({ category }) => category))).toEqual(new Set(['cyber', 'general']))
  })
  test('XSTest and FRR become 441 and 747 valid prompts, a boolean label mapped to an intent', async (context) => {
    const folder = findPublicData(context)
    const xstest = await collectFile(folder, 'xstest/xstest_prompts.csv', { prompt: 'prompt', category: 'type' })
    const frr = await collectFile(folder, 'purplellama-frr/mitre_frr.json', {
      prompt: 'mutated_prompt',
      intent: { field: 'is_malicious', map: { false: 'benign', true: 'malicious' } },
    })
    expect([xstest.prompts.length, frr.prompts.length]).toEqual([441, 747])
    expect(new Set(frr.prompts.map(({ intent }) => intent))).toEqual(new Set(['benign']))
    for (const prompt of [...xstest.prompts, ...frr.prompts]) promptSchema.parse(prompt)
  })
})

test('every entry of a row becomes a valid prompt or a valid rejection, whatever the row holds', async () => {
  const turn = fc.oneof(
    fc.record({ role: fc.constantFrom('user', 'assistant', 'system', 'tool'), content: fc.constantFrom('', 'hi', 7) }),
    fc.record({ from: fc.constantFrom('human', 'gpt', 'x'), value: fc.string() }),
  )
  const row = fc.oneof(
    fc.jsonValue(),
    fc.record({ m: fc.array(turn, { maxLength: 4 }), c: fc.jsonValue(), i: fc.constantFrom('benign', 'evil', null) }),
  )
  const unreadable = fc.constant({ location: 'x.jsonl:1', line: 1, raw: '{', problem: 'expected JSON' })
  const readable = row.map((value) => ({ location: 'x.jsonl:1', line: 1, raw: JSON.stringify(value), value }))
  const source = promptSourceSchema.parse({
    name: 'any',
    path: 'x.jsonl',
    fields: { messages: 'm', category: 'c', intent: 'i', system: { field: 's' } },
    onBadRow: 'reject',
  })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(readable, unreadable), { maxLength: 12 }), async (rows) => {
      const { prompts, rejections } = await collectRows(rows.map((row) => ({ source, row })))
      expect(prompts.length + rejections.length).toBe(rows.length)
      for (const prompt of prompts) promptSchema.parse(prompt)
      for (const rejection of rejections) rejectionSchema.parse(rejection)
    }),
  )
})
