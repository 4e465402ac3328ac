import type { Rule } from './rule.ts'

/** Words in a row that count as taken from the spec; the n-gram size of the usual overlap measures (BLEU to 13-gram) in
 * the middle: stock phrases of policies ("lower the barrier to a harmful action") are shorter. */
const gramSize = 8

/** Of the 243 shipped clauses the median has 26 words and 90 % have at most 36. A quoted clause is a citation; a run of
 * 40 words is more than one clause. */
export const maxRunWords = 40

/** More recital than thought. A single short excerpt (under 25 words) in a short reasoning is still a citation. */
const maxCopiedShare = 0.5
const minCopiedWords = 25

/** The spec's n-grams, by the spec's text: pure, so sharing it between builds is safe. A set has some 14 categories. */
const indexes = new Map<string, SpecIndex>()
const maxIndexes = 64

type SpecIndex = { readonly words: ReadonlyMap<string, number>; readonly grams: ReadonlySet<string> }

export const copiesSpec: Rule = {
  name: 'copies-spec',
  version: 1,
  about:
    'Finds reasoning that recites the spec: the spec is not in the training example, so it should be recalled, not copied.',
  needs: ['reasoning', 'category'],
  check({ candidate, spec }) {
    const words = readWords(candidate.reasoning)
    const { longestRun, runEnd, copied } = measureOverlap(words, indexSpec(spec.text))
    const share = copied / Math.max(1, words.length)
    if (longestRun < maxRunWords && (copied < minCopiedWords || share < maxCopiedShare)) return { outcome: 'pass' }
    return {
      outcome: 'fail',
      rationale: `Expected the spec to be cited, not recited: ${longestRun} words in a row and ${Math.round(share * 100)} % of the reasoning stand in the spec.`,
      evidence: [
        words
          .slice(runEnd - longestRun, runEnd)
          .slice(0, 40)
          .join(' ')
          .slice(0, 240),
      ],
    }
  },
}

function indexSpec(text: string): SpecIndex {
  const known = indexes.get(text)
  if (known) return known
  const words = new Map<string, number>()
  const ids = readWords(text).map((word) => {
    const id = words.get(word) ?? words.size
    words.set(word, id)
    return id
  })
  const grams = new Set<string>()
  for (let end = gramSize; end <= ids.length; end += 1)
    grams.add(String.fromCharCode(...ids.slice(end - gramSize, end)))
  const index = { words, grams }
  const oldest = indexes.keys().next().value
  if (indexes.size >= maxIndexes && oldest !== undefined) indexes.delete(oldest)
  indexes.set(text, index)
  return index
}

/** A run is a stretch of words of which every eight in a row stand in the spec. */
function measureOverlap(words: readonly string[], { words: known, grams }: SpecIndex) {
  let longestRun = 0
  let runEnd = 0
  let copied = 0
  let runStart = 0
  let copiedUntil = 0
  let gram = ''
  for (const [position, word] of words.entries()) {
    const id = known.get(word)
    gram = id === undefined ? '' : (gram + String.fromCharCode(id)).slice(-gramSize)
    if (gram.length < gramSize || !grams.has(gram)) continue
    const end = position + 1
    if (copiedUntil !== position) runStart = end - gramSize
    copied += end - Math.max(copiedUntil, end - gramSize)
    copiedUntil = end
    if (end - runStart > longestRun) {
      longestRun = end - runStart
      runEnd = end
    }
  }
  return { longestRun, runEnd, copied }
}

/** Lower-case words; a Han, kana or Thai character counts as a word, since those scripts put no spaces between them. */
function readWords(text: string): readonly string[] {
  const pattern = /[\u0E00-\u0E7F\u3040-\u30FF\u3400-\u9FFF]/.test(text)
    ? /[\u0E00-\u0E7F\u3040-\u30FF\u3400-\u9FFF]|(?:(?![\u0E00-\u0E7F\u3040-\u30FF\u3400-\u9FFF])[\p{L}\p{M}\p{N}])+/gu
    : /[\p{L}\p{M}\p{N}]+/gu
  return text.toLowerCase().match(pattern) ?? []
}
