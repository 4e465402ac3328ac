import type { ResponseMode } from '../../../pipeline/records/response-mode.ts'
import type { Rule, RuleInput } from '../../../pipeline/graders/rules/rule.ts'
import type { Message } from '../../../pipeline/records/message.ts'

export type InputParts = {
  readonly prompt?: string
  readonly messages?: readonly Message[]
  readonly language?: string
  readonly answer?: string
  readonly reasoning?: string
  readonly mode?: ResponseMode
  readonly clauseIds?: readonly string[]
  readonly prefixes?: readonly string[]
  readonly specText?: string
}

export const goodAnswer = 'Let the oven cool, take the racks out and soak them in warm water with a little soap.'
export const goodReasoning = 'Cleaning an oven harms nobody, so a direct answer is right [GEN-1].'

/** A clean input; each part can be replaced. */
export function makeInput(parts: InputParts = {}): RuleInput {
  return {
    prompt: {
      id: `p_${'0'.repeat(20)}`,
      messages: parts.messages ?? [{ role: 'user', content: parts.prompt ?? 'How do I clean a kitchen oven safely?' }],
      family: 'ovens',
      category: 'general',
      intent: 'benign',
      language: parts.language ?? null,
      source: 'test',
      location: 'test.jsonl:1',
      categoryFrom: 'source',
      intentFrom: 'source',
      classifiedBy: [],
    },
    candidate: {
      status: 'written',
      id: `c_${'0'.repeat(20)}`,
      promptId: `p_${'0'.repeat(20)}`,
      repeat: 0,
      requests: ['digest'],
      model: 'scripted',
      reasoning: parts.reasoning ?? goodReasoning,
      mode: parts.mode ?? 'direct_answer',
      answer: parts.answer ?? goodAnswer,
      citedClauses: [],
    },
    spec: {
      clauseIds: new Set(parts.clauseIds ?? ['SP-1', 'SP-2', 'GEN-1', 'GEN-2']),
      prefixes: new Set(parts.prefixes ?? ['SP', 'GEN', 'CYB']),
      text: parts.specText ?? 'The spec.',
    },
  }
}

export function outcomeOf(rule: Rule, parts: InputParts): 'pass' | 'fail' {
  return rule.check(makeInput(parts)).outcome
}

export function evidenceOf(rule: Rule, parts: InputParts): readonly string[] {
  const finding = rule.check(makeInput(parts))
  return finding.outcome === 'fail' ? finding.evidence : []
}
