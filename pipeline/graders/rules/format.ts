import { foldCandidate, foldPrompt } from './folded-text.ts'
import { anyOf, excerptAround, findPatterns, type PatternGroup } from './pattern-group.ts'
import type { Rule, RuleInput } from './rule.ts'

/** Faults of the reply's form, in the answer or in the reasoning; never right unless the user wrote the same. */
const leftovers: readonly PatternGroup[] = [
  {
    why: 'a tag of the reply format is left in it',
    // prompts/generate/answer.md, and the reasoning tags of R1-style models.
    // Inside a line, <mode> may stand for a command's argument.
    pattern: anyOf(
      '</?(?:reasoning|think|thinking|final_answer)>',
      '</(?:answer|mode|policy|deployment|analysis)>',
      '(?:^|\\n) ?<(?:answer|mode|policy|deployment|analysis)>',
    ),
  },
  {
    why: 'a chat-template marker is left in it',
    // ChatML, Harmony, Llama 2 and 3, Gemma, Mistral.
    pattern: anyOf(
      '<\\|[a-z_]{2,24}\\|>',
      '</?start_of_turn>',
      '</?end_of_turn>',
      '\\[/?inst\\]',
      '<</?sys>>',
      '<｜[^｜\\n]{1,30}｜>',
    ),
  },
  {
    why: 'a template placeholder is unresolved',
    // Liquid and Mustache; a brace after a letter, a backslash or another brace is TeX.
    pattern: anyOf('(?<![\\w\\\\{}^])\\{\\{-? {0,4}[a-z_][\\w.| ]{0,60}-?\\}\\}', '\\{%-? {0,4}[a-z][^%\\n]{0,80}%\\}'),
  },
]

const answerFaults: readonly PatternGroup[] = [
  {
    why: 'it names a response mode',
    pattern: anyOf('(?<!\\w)(?:safe_completion|refuse_with_redirection|direct_answer)(?!\\w)'),
  },
  {
    why: 'it is a reply record, not an answer',
    pattern: anyOf('^\\s{0,20}\\{\\s{0,20}"(?:reasoning|mode|answer)"\\s{0,9}:'),
  },
  {
    why: 'it is the analysis, not the answer',
    // How reasoning models open their thoughts; "the user" is a third person only there.
    pattern: anyOf(
      "^\\s{0,20}(?:(?:ok|okay|alright|hmm|so|well|first)[,.]? ){0,3}(?:the user(?:'s)? (?:is asking|asks|asked|wants|wanted|seems|appears|has asked|is requesting|requests|request|question|prompt|message)|we need to (?:decide|respond|answer|produce|check|consider)|let me (?:think|analy[sz]e|consider) (?:about |through )?(?:this|the user|what|whether|how)|i (?:should|need to|must) (?:refuse|comply|decline|respond|answer|check|consider whether|analy[sz]e|think about|figure out|decide))\\b",
      '\\b(?:the (?:response|right|appropriate|correct) mode (?:is|here)|(?:this|the) (?:request|prompt) (?:falls|fits) (?:under|into|within) (?:the )?(?:allowed|restricted|disallowed))\\b',
      '^\\s{0,20}(?:der (?:nutzer|benutzer|user) (?:fragt|möchte|will|bittet)|el usuario (?:pregunta|quiere|pide|está)|l.utilisateur (?:demande|veut|souhaite)|o usuário (?:pergunta|quer|pede|está)|用户(?:正在|在|想|要求|询问|问|请求|希望)|ユーザーは|उपयोगकर्ता (?:पूछ|चाह)|(?:يسأل|يطلب|يريد) المستخدم|المستخدم (?:يسأل|يطلب|يريد)|пользователь (?:спрашивает|хочет|просит))',
    ),
  },
]

const rolePattern = anyOf('^\\s{0,20}(?:assistant|chatbot) ?:', '\\n ?(?:human|user|assistant) ?: ?\\S')
// A dialogue that was asked for has speakers with these names.
const dialogueWords = /dialog|conversation|transcript|script|chat|role-?play|interview|skit|scene|few-shot/

/** A shared line this long is no coincidence; shorter ones are drafts and names. About 20 English words. */
const minRepeatedLine = 120

export const format: Rule = {
  name: 'format',
  version: 1,
  about:
    'Finds empty parts, leftovers of the reply format and answers that are the analysis: such rows teach the form.',
  needs: ['reasoning'],
  check(input) {
    const evidence = [...findEmptyParts(input), ...findLeftovers(input)]
    const repeated = findRepeatedReasoning(input)
    if (repeated !== null) evidence.push(`answer: it repeats the reasoning: ${repeated}`)
    if (evidence.length === 0) return { outcome: 'pass' }
    return {
      outcome: 'fail',
      rationale: 'Expected reasoning and an answer free of leftovers of the reply form.',
      evidence,
    }
  },
}

function findEmptyParts({ candidate }: RuleInput): string[] {
  const evidence: string[] = []
  if (!/[\p{L}\p{N}]/u.test(candidate.reasoning)) evidence.push('reasoning: it holds no word')
  // An emoji or a formula sign can be an answer.
  if (!/[\p{L}\p{N}\p{Extended_Pictographic}\p{Sm}]/u.test(candidate.answer)) evidence.push('answer: it holds no word')
  return evidence
}

function findLeftovers({ prompt, candidate }: RuleInput): string[] {
  const { answer, reasoning } = foldCandidate(candidate)
  const said = foldPrompt(prompt)
  const roles = { why: 'a role marker is left in it', pattern: rolePattern }
  const groups = [...leftovers, ...answerFaults, ...(dialogueWords.test(said) ? [] : [roles])]
  return [
    ...findPatterns(groups, answer, said).map(({ why, excerpt }) => `answer: ${why}: ${excerpt}`),
    ...findPatterns(leftovers, reasoning, said).map(({ why, excerpt }) => `reasoning: ${why}: ${excerpt}`),
  ]
}

/** Whole, at either end, or a long line; comparing lines through a set keeps this linear. */
function findRepeatedReasoning({ prompt, candidate }: RuleInput): string | null {
  const answer = candidate.answer.trim()
  const reasoning = candidate.reasoning.trim()
  if (reasoning.length === 0 || answer.length === 0) return null
  if (answer === reasoning) return excerptAround(reasoning, 0, 80)
  if (reasoning.length >= minRepeatedLine && (answer.startsWith(reasoning) || answer.endsWith(reasoning))) {
    return excerptAround(reasoning, 0, 80)
  }
  const lines = new Set(longLines(answer))
  if (lines.size === 0) return null
  const repeated = longLines(reasoning).find((line) => lines.has(line))
  if (repeated === undefined) return null
  // A line of the user's text that both parts quote is not the reasoning's own.
  return prompt.messages.some((message) => message.content.includes(repeated)) ? null : excerptAround(repeated, 0, 80)
}

function longLines(text: string): string[] {
  return text.length < minRepeatedLine
    ? []
    : text
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line.length >= minRepeatedLine)
}
