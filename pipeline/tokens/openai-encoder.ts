import type { Encoder } from './encoder.ts'
import type { EncodingName } from './tokenizer-config.ts'

/** gpt-oss, from openai-harmony's o200k_harmony; the ranks are those of o200k_base. */
const harmonyTokens = {
  '<|startoftext|>': 199_998,
  '<|endoftext|>': 199_999,
  '<|return|>': 200_002,
  '<|constrain|>': 200_003,
  '<|channel|>': 200_005,
  '<|start|>': 200_006,
  '<|end|>': 200_007,
  '<|message|>': 200_008,
  '<|call|>': 200_012,
} as const

const rankFiles = {
  o200k_base: () => import('tiktoken/encoders/o200k_base.json', { with: { type: 'json' } }),
  o200k_harmony: () => import('tiktoken/encoders/o200k_base.json', { with: { type: 'json' } }),
  cl100k_base: () => import('tiktoken/encoders/cl100k_base.json', { with: { type: 'json' } }),
} as const

/**
 * OpenAI's encodings through tiktoken itself, compiled to WebAssembly: the JavaScript ports count texts with U+FEFF
 * otherwise (0022). In a message's content a special token is only text, as OpenAI takes it.
 */
export async function openOpenaiEncoder(name: EncodingName): Promise<Encoder> {
  // Here and not above: the ranks are megabytes, and few builds count tokens.
  const [{ Tiktoken }, { default: ranks }] = await Promise.all([import('tiktoken/lite'), rankFiles[name]()])
  const special = name === 'o200k_harmony' ? harmonyTokens : ranks.special_tokens
  const encoding = new Tiktoken(ranks.bpe_ranks, special, ranks.pat_str)
  return {
    countText: (text) => encoding.encode_ordinary(text).length,
    countRendered: (text) => encoding.encode(text, 'all').length,
  }
}
