import type { BuildConfig } from './build-config.ts'
import type { ConfigProblem } from './load-yaml.ts'

/** Settings that would count something else than their reader thinks. */
export function findTokenizerFlaws({ emit }: BuildConfig): readonly ConfigProblem[] {
  if (emit.tokenizer === null) return []
  const { file, encoding, chatTemplate, templateVariables, tokensPerMessage } = emit.tokenizer
  const problems: ConfigProblem[] = []
  if ((file === undefined) === (encoding === undefined)) {
    const got = file === undefined ? 'neither' : 'both'
    const remedy = "Give the path of the model's tokenizer.json, or the name of one of OpenAI's encodings."
    problems.push({ path: at(), message: `expected file or encoding, got ${got}.`, remedy })
  }
  if (chatTemplate !== null && tokensPerMessage > 0) {
    const remedy = 'Remove it: the template says what stands around a message.'
    problems.push({ path: at('tokensPerMessage'), message: 'expected 0 with a chatTemplate.', remedy })
  }
  if (chatTemplate !== null && encoding !== undefined) {
    const message = "OpenAI's encodings know no special tokens of a chat template."
    problems.push({ path: at('chatTemplate'), message, remedy: 'Remove it and use tokensPerMessage, or give a file.' })
  }
  if (chatTemplate === null && Object.keys(templateVariables).length > 0) {
    const remedy = 'Remove them, or give chatTemplate.'
    problems.push({ path: at('templateVariables'), message: 'expected none without a chatTemplate.', remedy })
  }
  if (emit.format === 'harmony' && (chatTemplate !== null || tokensPerMessage > 0)) {
    const message = 'the format harmony is counted as its column text says.'
    problems.push({ path: at(), message, remedy: 'Remove chatTemplate and tokensPerMessage.' })
  }
  if (emit.format === 'harmony' && encoding !== undefined && encoding !== 'o200k_harmony') {
    const message = `the encoding ${encoding} does not know Harmony's control tokens.`
    problems.push({ path: at('encoding'), message, remedy: 'Use o200k_harmony.' })
  }
  return problems
}

function at(...keys: readonly string[]): string[] {
  return ['emit', 'tokenizer', ...keys]
}
