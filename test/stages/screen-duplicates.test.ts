import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rejectionSchema } from '../../pipeline/records/rejection.ts'
import { collectFile } from './collect-rows.ts'
import { makePrompt, screenPrompts, screenTexts } from './screen-prompts.ts'

const text =
  'We run a small water utility with two operators and the auditor says that our old controllers must not share a ' +
  'network with the office machines, so what would a sensible first step be that does not stop the pumps for a day?'

describe('exact duplicates', () => {
  test.each([
    ['case and punctuation', 'How do I blow up a balloon?', 'HOW DO I - blow up: a balloon'],
    ['spacing and line ends', 'a b  c', ' a\tb\r\nc\u00a0'],
    ['full-width forms and ligatures', 'office 42', 'ｏﬃｃｅ　４２'],
    ['invisible characters', 'password', 'pass\u200bw\u00adord'],
    ['composed and decomposed accents', 'caf\u00e9', 'cafe\u0301'],
    ['sharp s', 'STRASSE', 'straße'],
    ['curly quotes', 'don\u2019t "do" it', "don't \u201cdo\u201d it"],
  ])('%s do not make another prompt', async (_claim, first, second) => {
    expect(await screenTexts([first, second])).toEqual(['kept', 'exact_duplicate'])
  })
  test.each([
    ['an accent', 'resume', 'résumé'],
    ['a sign', 'What is 2+2', 'What is 2=2'],
    ['a decimal point', 'take 1.5 pills', 'take 15 pills'],
    ['punctuation where there is nothing else', '???', '!!!'],
    ['the border of turns', ['a b', 'c', 'd'], ['a', 'b c', 'd']],
  ])('%s makes another prompt', async (_claim, first, second) => {
    expect(await screenTexts([first, second])).toEqual(['kept', 'kept'])
  })
  test('another system turn makes another prompt, and the same one does not', async () => {
    const plain = makePrompt('How do I blow up a balloon?')
    const messages = [{ role: 'system', content: 'Be kind.' }, ...plain.messages] as const
    const kind = makePrompt('', { messages })
    const { kept, rejections } = await screenPrompts([plain, kind, makePrompt('', { messages, location: 'y.jsonl:9' })])
    expect(kept).toEqual([plain, kind])
    expect(rejections).toMatchObject([{ code: 'exact_duplicate', location: 'y.jsonl:9' }])
    expect(rejections[0]?.evidence).toEqual([`twin: ${kind.id}`, 'twin at: x.jsonl:1'])
  })
  test('they are dropped within a family too, and the first stays', async () => {
    const first = makePrompt('Same text', { family: 'f', intent: 'benign' })
    const { kept, rejections } = await screenPrompts([
      first,
      makePrompt('same text!', { family: 'f', intent: 'malicious' }),
    ])
    expect(kept).toEqual([first])
    expect(rejections).toMatchObject([{ code: 'exact_duplicate', intent: 'malicious', family: 'f' }])
  })
})

describe('near duplicates', () => {
  const edited = text.replace('sensible first step', 'good first step')
  test('one word changed of forty is a near duplicate of another family, with its twin and similarity', async () => {
    const first = makePrompt(text, { location: 'a.jsonl:1' })
    const { kept, rejections } = await screenPrompts([first, makePrompt(edited, { location: 'a.jsonl:2' })])
    expect(kept).toEqual([first])
    expect(rejections).toMatchObject([{ code: 'near_duplicate', location: 'a.jsonl:2' }])
    expect(rejections[0]?.evidence).toEqual([`twin: ${first.id}`, 'twin at: a.jsonl:1', 'similarity: 0.864'])
  })
  test('members of one family are kept however alike', async () => {
    const prompts = [makePrompt(text, { family: 'f' }), makePrompt(edited, { family: 'f' })]
    expect((await screenPrompts(prompts)).kept).toEqual(prompts)
  })
  test('a family member does not hide a twin of another family', async () => {
    const prompts = [
      makePrompt(text, { family: 'f' }),
      makePrompt(`Hello! ${text}`, { family: 'g', location: 'x:2' }),
      makePrompt(edited, { family: 'f' }),
    ]
    expect((await screenPrompts(prompts)).rejections.map(({ location }) => location)).toEqual(['x:2'])
  })
  test('scripts without spaces are compared by character', async () => {
    const chinese =
      '我们是一家小型自来水公司，审计员说旧的控制器不能和办公室的电脑共用一个网络，第一步应该怎么做才不会让水泵停下来？'
    expect(await screenTexts([chinese, chinese.replace('小型', '大型')])).toEqual(['kept', 'near_duplicate'])
    expect(await screenTexts([chinese, '请问如何在家里安全地保存旧电池，等到回收日再送出去？'])).toEqual([
      'kept',
      'kept',
    ])
  })
  test('a threshold of null keeps all but exact duplicates', async () => {
    const prompts = [makePrompt(text), makePrompt(edited)]
    expect((await screenPrompts(prompts, [], { nearDuplicateThreshold: null })).kept).toHaveLength(2)
  })
})

test('of the shipped seeds all stay, and of the extras none', async () => {
  const fields = {
    messages: 'messages',
    family: 'family',
    category: 'category',
    intent: 'intent',
    language: 'language',
  }
  const seeds = await collectFile('data/seeds', 'prompts.jsonl', fields, 'seeds')
  const extras = await collectFile('data/seeds', 'extras.jsonl', fields, 'extras')
  const holdout = await collectFile('data/seeds', 'holdout.jsonl', { prompt: 'prompt' }, 'holdout')
  const { kept, rejections } = await screenPrompts([...seeds.prompts, ...extras.prompts], holdout.prompts)
  expect(kept).toEqual(seeds.prompts)
  expect(rejections.map(({ code }) => code)).toEqual(['exact_duplicate', 'near_duplicate', 'contaminated'])
})

test('prompts out and rejections make up the prompts in, in order, and a second run agrees', async () => {
  const words = fc.array(fc.constantFrom('a', 'B', 'b', '?', '漢', 'the', 'a long tail of words that is the same'), {
    maxLength: 8,
  })
  const prompt = fc
    .tuple(words, fc.constantFrom('f', 'g', 'h'))
    .map(([parts, family]) => makePrompt(parts.join(' '), { family }))
  await fc.assert(
    fc.asyncProperty(
      fc.array(prompt, { maxLength: 30 }),
      fc.array(prompt, { maxLength: 3 }),
      async (prompts, evaluations) => {
        const { kept, rejections } = await screenPrompts(prompts, evaluations)
        expect(kept.length + rejections.length).toBe(prompts.length)
        expect(prompts.filter((prompt) => kept.includes(prompt))).toEqual(kept)
        for (const rejection of rejections) rejectionSchema.parse(rejection)
        expect(await screenPrompts(prompts, evaluations)).toEqual({ kept, rejections })
        expect((await screenPrompts(kept, evaluations)).kept).toEqual(kept)
      },
    ),
  )
})
