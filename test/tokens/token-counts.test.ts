import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { trainerFormats } from '../../pipeline/shards/trainer-formats.ts'
import { openHubEncoder } from '../../pipeline/tokens/hub-encoder.ts'
import { openTokenCounter } from '../../pipeline/tokens/open-token-counter.ts'
import { tokenizerConfigSchema } from '../../pipeline/tokens/tokenizer-config.ts'
import { makeSample } from './make-sample.ts'

/*
 * tiny-tokenizer.json and tiny-counts.json come from Python: `test/interop/check-tokens.py golden test/tokens`. The whole
 * comparison, with vocabularies of real models, is in test/interop/check.sh.
 */

const folder = import.meta.dirname
const file = 'tiny-tokenizer.json'
const tiny = await readFile(join(folder, file), 'utf8')

const open = (config: object, format: keyof typeof trainerFormats = 'messages') =>
  openTokenCounter(tokenizerConfigSchema.parse(config), trainerFormats[format], folder)

test('400 hostile texts have as many tokens as in Python', async () => {
  const counts = z
    .array(z.tuple([z.string(), z.int()]))
    .parse(JSON.parse(await readFile(join(folder, 'tiny-counts.json'), 'utf8')))
  expect(counts).toHaveLength(400)
  const { countText } = openHubEncoder(tiny, file)
  expect(counts.map(([text]) => [text, countText(text)])).toEqual(counts)
})

// From Python's tiktoken 0.14.0: encode(text, disallowed_special=()). U+FEFF is one token of both encodings.
test.for([
  ['o200k_base', '\uFEFFHow do banks spot a forged cheque?', 9],
  ['cl100k_base', '\uFEFFHow do banks spot a forged cheque?', 9],
  ['o200k_base', 'as <|endoftext|> text', 9],
  ['o200k_harmony', '<|start|>', 5],
] as const)(
  '%s counts %j as Python does, and a control token as the text that it is',
  async ([encoding, answer, n]) => {
    const { measure } = await open({ encoding })
    expect(measure(makeSample({ answer }))).toMatchObject({ status: 'fits', tokens: { answer: n } })
  },
)

test('without a template the total is every text that the format carries, and the allowance for each message', async () => {
  const sample = makeSample()
  const counts = async (format: keyof typeof trainerFormats, tokensPerMessage: number) => {
    const length = (await open({ file, tokensPerMessage }, format)).measure(sample)
    if (length.status === 'misfit') throw new Error(length.detail)
    return length.tokens
  }
  const plain = await counts('messages', 0)
  expect(plain.total).toBe(plain.prompt + plain.answer)
  expect(plain.reasoning).toBeGreaterThan(5)
  expect(await counts('messages', 4)).toEqual({ ...plain, total: plain.total + 8 })
  expect(await counts('reasoning_content', 0)).toEqual({ ...plain, total: plain.total + plain.reasoning })
  expect((await counts('think_inline', 0)).total).toBeGreaterThan(plain.total + plain.reasoning)
})

test('harmony is counted as its text, in which each control token is one', async () => {
  const { measure } = await open({ encoding: 'o200k_harmony' }, 'harmony')
  const length = measure(makeSample({ prompt: [{ role: 'user', content: 'How?' }], reasoning: '', answer: 'So.' }))
  // <|start|> user <|message|> How ? <|end|> <|start|> assistant <|channel|> final <|message|> So . <|return|>
  expect(length).toMatchObject({ status: 'fits', tokens: { prompt: 2, reasoning: 0, answer: 2, total: 14 } })
})

test('one token more than maxTokens is too long, and the reason says what the tokens are', async () => {
  const sample = makeSample()
  const length = (await open({ file })).measure(sample)
  if (length.status === 'misfit') throw new Error(length.detail)
  const { prompt, reasoning, answer, total } = length.tokens
  expect((await open({ file, maxTokens: total })).measure(sample)).toEqual(length)
  expect((await open({ file, maxTokens: total - 1 })).measure(sample)).toEqual({
    status: 'misfit',
    code: 'too_long',
    detail: `${total} tokens are more than maxTokens ${total - 1} (prompt ${prompt}, reasoning ${reasoning}, answer ${answer})`,
  })
})

const withPart = (key: string, value: object): string => JSON.stringify({ ...JSON.parse(tiny), [key]: value })

test.for([
  ['{"vocab": 1}', 'expected a tokenizer.json with a model'],
  ['version https://git-lfs.github.com/spec/v1', 'expected a tokenizer.json with a model'],
  [withPart('model', { type: 'Unigram', vocab: [['a', 0]] }), 'type BPE, got Unigram'],
  [
    withPart('pre_tokenizer', { type: 'Split', pattern: { Regex: String.raw`\p{N}{1,3}+` }, behavior: 'Isolated' }),
    String.raw`without possessive quantifiers, got \p{N}{1,3}+`,
  ],
  [
    withPart('pre_tokenizer', { type: 'Split', pattern: { Regex: String.raw`[^\s]++` }, behavior: 'Isolated' }),
    'without possessive quantifiers',
  ],
] as const)('a tokenizer that would be counted otherwise is refused: %#', ([text, message]) => {
  expect(() => openHubEncoder(text, 'tokenizer.json')).toThrow(
    expect.objectContaining({ code: 'tokenizer', message: expect.stringContaining(message) }),
  )
})

test('a file that is not there is named, with its path', async () => {
  await expect(open({ file: 'gone.json' })).rejects.toMatchObject({
    code: 'tokenizer_file',
    where: join(folder, 'gone.json'),
  })
})
