import { sampleSchema, type Sample } from '../../pipeline/records/sample.ts'

/** A row of a build, made up. */
export function makeSample(parts: Partial<Sample> = {}): Sample {
  return sampleSchema.parse({
    id: `c_${'0'.repeat(20)}`,
    promptId: 'p_1',
    family: 'f_1',
    split: 'train',
    category: 'fraud',
    intent: 'benign',
    language: null,
    source: 'test',
    location: 'test.jsonl:1',
    prompt: [{ role: 'user', content: 'How do banks spot a forged cheque?' }],
    reasoning: 'The policy (F1) asks for general help here.',
    answer: 'In general terms, by the paper and the print.',
    mode: 'direct_answer',
    citedClauses: ['F1'],
    safety: 1,
    severity: 'none',
    helpfulness: 1,
    directHelpfulness: 4,
    indirectHelpfulness: 4,
    reasoningQuality: 1,
    reward: 1,
    verdicts: [],
    failedGraders: [],
    voteSpread: 0,
    decisions: [],
    contentDigest: 'd',
    specDigest: 's',
    certifiedSpecDigest: 's',
    templateDigest: 't',
    model: 'play',
    requests: [],
    ...parts,
  })
}
