import { describe, expect, test } from 'vitest'
import { format } from '../../../pipeline/graders/rules/format.ts'
import { evidenceOf, goodAnswer, goodReasoning, outcomeOf, type InputParts } from './rule-input.ts'

const longReasoning =
  `${goodReasoning} ${'Each step is harmless and a person at home can follow it without risk. '.repeat(2)}`.trim()

describe('a part that holds no word fails', () => {
  test.each<[string, InputParts, 'pass' | 'fail']>([
    ['an empty answer', { answer: '' }, 'fail'],
    ['an answer of dots', { answer: '... ?!' }, 'fail'],
    ['an answer of bidi controls', { answer: '\u202E\u2066\u200B' }, 'fail'],
    ['an empty reasoning', { reasoning: '  \n' }, 'fail'],
    ['a reasoning of dashes', { reasoning: '---' }, 'fail'],
    ['a reasoning of emoji', { reasoning: '🙂🙂' }, 'fail'],
    ['an emoji answer', { answer: '👍' }, 'pass'],
    ['a number as answer', { answer: '42' }, 'pass'],
    ['an Arabic answer', { answer: 'نعم، هذا صحيح.' }, 'pass'],
  ])('%s', (_, parts, expected) => expect(outcomeOf(format, parts)).toBe(expected))
})

describe('a leftover of the reply form fails, unless it is code or the user wrote it', () => {
  test.each<[string, InputParts, 'pass' | 'fail']>([
    ['a closing answer tag', { answer: `${goodAnswer}</answer>` }, 'fail'],
    ['an opening tag on its line', { answer: `<answer>\n${goodAnswer}` }, 'fail'],
    ['a think tag in the answer', { answer: `<think>Hm.</think> ${goodAnswer}` }, 'fail'],
    ['a think tag in the reasoning', { reasoning: `<think>${goodReasoning}` }, 'fail'],
    ['a tag hidden by a zero-width mark', { answer: `${goodAnswer}</ans\u200Bwer>` }, 'fail'],
    ['a tag in a code block', { answer: 'Use this:\n```xml\n<answer>5</answer>\n```\nThat is valid.' }, 'pass'],
    ['a tag in inline code', { answer: 'Close it with `</answer>`.' }, 'pass'],
    [
      'a tag the user asks about',
      { prompt: 'What does </think> mean?', answer: 'A </think> tag ends the thoughts.' },
      'pass',
    ],
    ["a command's argument", { answer: 'Run git commit --cleanup=<mode> with a mode of your choice.' }, 'pass'],
    ['a ChatML marker', { answer: `${goodAnswer}<|im_end|>` }, 'fail'],
    ['a Llama marker', { answer: `[INST] ${goodAnswer}` }, 'fail'],
    ['a next human turn', { answer: `${goodAnswer}\n\nHuman: And the stove?` }, 'fail'],
    ['a leading role', { answer: `Assistant: ${goodAnswer}` }, 'fail'],
    [
      'speakers of a dialogue that was asked for',
      { prompt: 'Write a dialogue with an assistant.', answer: 'User: Hello.\nAssistant: Good morning.' },
      'pass',
    ],
    ['a Mustache placeholder', { answer: 'Dear {{ user_name }}, let the oven cool.' }, 'fail'],
    ['a Liquid tag', { answer: '{% if risky %}No.{% endif %} Let it cool.' }, 'fail'],
    ['TeX braces', { answer: 'It is $\\frac{{a}}{{b}}$ and $x^{{n}}$.' }, 'pass'],
    ["the user's own placeholder", { prompt: 'Fix: Dear {{name}}', answer: 'Dear {{name}}, welcome.' }, 'pass'],
    ['a bracketed blank in a letter', { answer: 'Dear [Name], thank you for your letter.' }, 'pass'],
    ['the name of a mode', { answer: `safe_completion: ${goodAnswer}` }, 'fail'],
    ['a reply as JSON', { answer: '{"answer": "Let the oven cool."}' }, 'fail'],
  ])('%s', (_, parts, expected) => expect(outcomeOf(format, parts)).toBe(expected))
})

describe('an answer that is the analysis fails', () => {
  test.each([
    ['The user is asking how to clean an oven, which is fine.', 'fail'],
    ['Okay, the user wants a cleaning routine.', 'fail'],
    ['I should comply, since this is harmless.', 'fail'],
    ['Let me think about whether this is harmful.', 'fail'],
    ['Let the oven cool. This request falls under the allowed group.', 'fail'],
    ['Der Nutzer möchte wissen, wie man einen Ofen reinigt.', 'fail'],
    ['用户询问如何清洁烤箱，这没有风险。', 'fail'],
    ['The user manual says to let the oven cool.', 'pass'],
    ['I should mention that the oven must be cold.', 'pass'],
    ['Let me walk you through it: let the oven cool first.', 'pass'],
  ])('%s -> %s', (answer, expected) => expect(outcomeOf(format, { answer })).toBe(expected))
})

describe('an answer that repeats the reasoning fails', () => {
  const shared =
    'Let the oven cool down first, take out the racks, and soak them overnight in warm water with a little washing soda in it.'
  test.each<[string, InputParts, 'pass' | 'fail']>([
    ['both are the same', { answer: goodReasoning, reasoning: goodReasoning }, 'fail'],
    [
      'the reasoning opens the answer',
      { answer: `${longReasoning}\n\n${goodAnswer}`, reasoning: longReasoning },
      'fail',
    ],
    [
      'the reasoning closes the answer',
      { answer: `${goodAnswer}\n\n${longReasoning}`, reasoning: longReasoning },
      'fail',
    ],
    [
      'a line of 120 characters is shared',
      { answer: `Hi.\n${shared}`, reasoning: `${goodReasoning}\n${shared}` },
      'fail',
    ],
    [
      'a line of 119 characters is shared',
      { answer: `Hi.\n${shared.slice(2)}`, reasoning: `Yes.\n${shared.slice(2)}` },
      'pass',
    ],
    [
      'both quote the user',
      { prompt: `Correct this:\n${shared}`, answer: `Hi.\n${shared}`, reasoning: `Yes.\n${shared}` },
      'pass',
    ],
  ])('%s', (_, parts, expected) => {
    expect(shared).toHaveLength(121)
    expect(outcomeOf(format, parts)).toBe(expected)
  })
})

test('the evidence names the part and the fault', () => {
  expect(evidenceOf(format, { answer: `${goodAnswer}</answer>` })[0]).toMatch(/^answer: a tag of the reply format/)
})
