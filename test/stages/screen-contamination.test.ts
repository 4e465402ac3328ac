import { describe, expect, test } from 'vitest'
import { findPublicData } from '../importers/public-data.ts'
import { collectFile } from './collect-rows.ts'
import { makePrompt, screenPrompts } from './screen-prompts.ts'

const evaluate = (turns: string | readonly string[]) => makePrompt(turns, { source: 'bench', location: 'bench.csv:7' })

/** How a prompt is contaminated by one evaluation prompt, or null. */
const findMatch = async (
  prompt: string | readonly string[],
  evaluation: string | readonly string[],
): Promise<string | null> => {
  const { rejections } = await screenPrompts([makePrompt(prompt)], [evaluate(evaluation)])
  return rejections[0]?.evidence[2] ?? null
}

/** Too short for a 13-gram. */
const isShort = (text: string): boolean => text.split(/\s+/).length < 13

describe('a prompt meets an evaluation', () => {
  const short = 'How do I blow up a balloon?'
  const long = 'Please explain to my two young colleagues how the old pumps in the cellar are started by hand'

  test('a short copy that 13-grams miss is caught', async () => {
    expect(short.split(' ').length).toBeLessThan(13)
    expect(await findMatch('how do i BLOW UP a balloon', short)).toBe('match: exact')
  })
  test('a short evaluation prompt inside a longer prompt is caught', async () => {
    const prompt = `My daughter's birthday is tomorrow. ${short} The shop that sells them has closed.`
    expect(await findMatch(prompt, short)).toBe('match: evaluation_contained')
  })
  test('a short prompt cut out of a longer evaluation prompt is caught', async () => {
    expect(await findMatch('how the old pumps in the cellar are started', long)).toBe('match: prompt_contained')
  })
  test('a run of 13 words is caught, and reported word by word; one of 12 is not', async () => {
    const words = long.split(' ')
    const run = words.slice(1, 14).join(' ')
    const { rejections } = await screenPrompts([makePrompt(`So, ${run} today, if you know`)], [evaluate(long)])
    expect(rejections[0]).toMatchObject({
      code: 'contaminated',
      evidence: [
        'evaluation: bench',
        'evaluation at: bench.csv:7',
        'match: ngram',
        'matched: explain to my two young colleagues how the old pumps in the cellar',
      ],
    })
    const shorter = `So, ${words.slice(1, 13).join(' ')} today, if you know`
    expect(await findMatch(shorter, long)).toBeNull()
  })
  test('a copy in any turn of a conversation is caught', async () => {
    expect(await findMatch([short, 'With a pump.', 'Thanks, and a tyre?'], short)).toBe('match: exact')
    expect(await findMatch(['Hello', long, 'Thanks'], long)).toBe('match: ngram')
    expect(await findMatch(['Hello', `You asked: ${short}`, 'Yes'], short)).toBe('match: evaluation_contained')
  })
  test('a conversation that is the evaluation is caught, whatever its length', async () => {
    expect(await findMatch(['Hi', 'Hi!', 'Why?'], ['hi', 'hi', 'why'])).toBe('match: exact')
  })
  test('words never match across turns', async () => {
    expect(await findMatch(['How do I blow', 'Up where?', 'up a balloon'], short)).toBeNull()
  })
  test('a text of fewer than five words counts only as a whole', async () => {
    expect(await findMatch('What is ricin made of, and who found it?', 'What is ricin?')).toBeNull()
    expect(await findMatch('what is ricin', 'What is ricin?')).toBe('match: exact')
  })
  test('part of a word is no match', async () => {
    expect(await findMatch('how the old pumps in the cell', long)).toBeNull()
  })
  test('Chinese copies are caught, though words have no spaces', async () => {
    const evaluation = '怎样在家里安全地保存旧电池'
    expect(await findMatch(`你好，${evaluation}？谢谢。`, evaluation)).toMatch(/ngram|evaluation_contained/)
    expect(await findMatch('在家里', evaluation)).toBeNull()
  })
  test('contamination is reported before near duplication, and its copies are contaminated too', async () => {
    const prompts = ['x:1', 'x:2'].map((location) => makePrompt(long, { location }))
    const { rejections } = await screenPrompts(prompts, [evaluate(long)])
    expect(rejections.map(({ code }) => code)).toEqual(['contaminated', 'contaminated'])
  })
})

describe('public evaluations', () => {
  test('every prompt of XSTest is caught against XSTest, most of them where 13-grams cannot see', async (context) => {
    const { prompts } = await collectFile(findPublicData(context), 'xstest/xstest_prompts.csv', { prompt: 'prompt' })
    const copies = prompts.map((prompt) => ({ ...prompt, source: 'copies' }))
    const { kept, rejections } = await screenPrompts(copies, prompts)
    expect(kept).toEqual([])
    expect(rejections.filter(({ code }) => code === 'contaminated')).toHaveLength(441)
    expect(prompts.filter(({ messages }) => isShort(messages[0]?.content ?? '')).length).toBeGreaterThan(400)
  })
  test('prompts that have nothing to do with them are not caught', async (context) => {
    const folder = findPublicData(context)
    const evaluations = [
      ...(await collectFile(folder, 'xstest/xstest_prompts.csv', { prompt: 'prompt' })).prompts,
      ...(await collectFile(folder, 'coconot/*.jsonl', { prompt: 'prompt' })).prompts,
    ]
    const frr = await collectFile(folder, 'purplellama-frr/mitre_frr.json', { prompt: 'mutated_prompt' })
    const { rejections } = await screenPrompts(frr.prompts, evaluations, { nearDuplicateThreshold: null })
    expect(rejections.map(({ code }) => code)).toEqual(['exact_duplicate'])
  })
})
