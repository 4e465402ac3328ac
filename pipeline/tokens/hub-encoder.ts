import { Tokenizer } from '@huggingface/tokenizers'
import { z } from 'zod'
import { parseJson } from '../records/parse-json.ts'
import { UserError } from '../records/user-error.ts'
import type { Encoder } from './encoder.ts'

const partSchema = z.looseObject({ type: z.string() })
const tokenizerFileSchema = z.looseObject({
  model: partSchema,
  normalizer: partSchema.nullish(),
  pre_tokenizer: partSchema.nullish(),
})

/** `a++`, `a?+`, `a{1,3}+`, `(?>a)`: JavaScript's expressions have none of these, and the library drops them. */
const possessive = /(?:[*+?]|\{\d+(?:,\d*)?\})\+|\(\?>/

/**
 * A tokenizer.json of the Hugging Face hub, through their JavaScript implementation. Only what was compared with the
 * Python one and counts alike is taken (0022): byte-pair encodings whose split patterns JavaScript can express.
 * @throws UserError `tokenizer`
 */
export function openHubEncoder(text: string, where: string): Encoder {
  const file = parseFile(text, where)
  if (file.model.type !== 'BPE') {
    throw badTokenizer(where, `a tokenizer of the type BPE, got ${file.model.type}`)
  }
  const pattern = findPossessive(file.pre_tokenizer)
  if (pattern !== null) {
    throw badTokenizer(where, `split patterns without possessive quantifiers, got ${pattern.slice(0, 120)}`)
  }
  const tokenizer = openTokenizer(file, where)
  const count = (text: string): number => tokenizer.encode(text, { add_special_tokens: false }).ids.length
  return { countText: count, countRendered: count }
}

function parseFile(text: string, where: string): z.infer<typeof tokenizerFileSchema> {
  const parsed = tokenizerFileSchema.safeParse(parseJson(text))
  if (parsed.success) return parsed.data
  throw badTokenizer(where, 'a tokenizer.json with a model, got another file', parsed.error)
}

function openTokenizer(file: object, where: string): Tokenizer {
  try {
    return new Tokenizer(file, {})
  } catch (error) {
    throw badTokenizer(where, `a tokenizer.json that @huggingface/tokenizers can read, got: ${String(error)}`, error)
  }
}

function findPossessive(part: unknown): string | null {
  if (typeof part === 'string') return possessive.test(part) ? part : null
  if (typeof part !== 'object' || part === null) return null
  for (const inner of Object.values(part)) {
    const found = findPossessive(inner)
    if (found !== null) return found
  }
  return null
}

function badTokenizer(where: string, problem: string, cause?: unknown): UserError {
  return new UserError('tokenizer', `expected ${problem}`, {
    where,
    remedy:
      'Name the tokenizer.json of the model that will be trained. One that cannot be counted exactly here is refused: leave emit.tokenizer out, and count in the trainer.',
    cause,
  })
}
