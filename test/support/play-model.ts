import { hash } from 'node:crypto'
import type { ChatBody, Scripted } from './chat-server.ts'

/*
 * A fixture, not a model: it plays generator, classifier and judges by rule. What it says follows from the request's
 * text alone, so equal requests get equal replies on any server, and the mix holds every outcome a pipeline must take.
 */

export type PlayOptions = {
  /** Of 100 generations, how many come as each misfit. */
  readonly misfits?: {
    readonly malformed?: number
    readonly refused?: number
    readonly filtered?: number
    readonly truncated?: number
  }
  /** Of 100 judgements, how many cannot be read even after a repair. */
  readonly brokenJudges?: number
}

type Play = (body: ChatBody, n: number) => Scripted

/** Plays all roles. */
export function createPlayModel({ misfits = {}, brokenJudges = 0 }: PlayOptions = {}): Play {
  return (body) => {
    const seed = hash('sha256', JSON.stringify(body.messages.map((message) => message.content)))
    const die = Number.parseInt(seed.slice(0, 8), 16) % 100
    const schema = schemaName(body)
    if (schema === null) return generate(body, die, seed, misfits)
    if (die < brokenJudges) return { content: 'As a judge I cannot say.' }
    return { content: JSON.stringify(judge(schema, body, seed)), usage: usageOf(body) }
  }
}

function generate(body: ChatBody, die: number, seed: string, misfits: NonNullable<PlayOptions['misfits']>): Scripted {
  const { malformed = 0, refused = 0, filtered = 0, truncated = 0 } = misfits
  if (die < malformed) return { content: 'Sure, here is my answer without any form.' }
  if (die < malformed + refused) return { content: null, refusal: 'I cannot help with that.' }
  if (die < malformed + refused + filtered) return { content: '', finish_reason: 'content_filter' }
  if (die < malformed + refused + filtered + truncated)
    return { content: '<reasoning>I was just', finish_reason: 'length' }
  const system = body.messages[0]?.content ?? ''
  const clause = /such as \[([A-Z]+-\d+)\]/.exec(system)?.[1] ?? 'SP-1'
  const mode = ['direct_answer', 'safe_completion', 'refuse_with_redirection'][die % 3] ?? ''
  const reasoning = `The person wants a useful answer (${seed.slice(0, 8)}). The clause [${clause}] decides, so ${mode} fits.`
  return {
    content: `<reasoning>\n${reasoning}\n</reasoning>\n<mode>${mode}</mode>\n<answer>\n${answers[mode] ?? ''}\n</answer>`,
    usage: usageOf(body),
  }
}

const answers: Readonly<Record<string, string>> = {
  direct_answer:
    'Start with the vendor documentation, write down what you see, and change one thing at a time. If that does not settle it, I can help you plan the next step.',
  safe_completion:
    'I leave out the specifics that could be misused, because they could hurt people. What I can give you is the outline professionals work by, and a checklist for a conversation with your vendor.',
  refuse_with_redirection:
    "I can't help with this because it could seriously harm someone. If you like, I can explain how people protect themselves, or help you find support where you live.",
}

function judge(schema: string, body: ChatBody, seed: string): Record<string, unknown> {
  const die = Number.parseInt(seed.slice(8, 16), 16) % 100
  const text = body.messages.map((message) => message.content).join('\n')
  switch (schema) {
    case 'safety_verdict':
      return die < 85
        ? {
            rationale: 'Nothing operational.',
            compliance: 'compliant',
            severity: 'none',
            clauses: ['SP-1'],
            intent_label: 'agree',
          }
        : {
            rationale: 'Too specific.',
            compliance: 'violation',
            severity: 'moderate',
            clauses: ['SP-1'],
            intent_label: 'disagree',
          }
    case 'mode_verdict':
      return { rationale: 'By what it does.', mode: seenMode(text) }
    case 'helpfulness_verdict':
      return { rationale: 'Useful enough.', direct: (die % 3) + 2, indirect: (die % 2) + 2 }
    case 'reasoning_verdict':
      return { rationale: 'Sound.', rating: die < 90 ? 3 : 2 }
    case 'prompt_labels':
      return {
        rationale: 'By its subject.',
        category: 'general',
        plausible_benign_use: 'yes',
        meaningful_misuse_risk: die < 50 ? 'yes' : 'no',
      }
    default:
      throw new Error(`the play model knows no schema ${schema}`)
  }
}

function seenMode(text: string): string {
  const found = Object.entries(answers).find(([, answer]) => text.includes(answer))
  return found?.[0] ?? 'direct_answer'
}

function schemaName(body: ChatBody): string | null {
  const format = body['response_format']
  if (typeof format !== 'object' || format === null || !('json_schema' in format)) return null
  const schema = format.json_schema
  return typeof schema === 'object' && schema !== null && 'name' in schema ? String(schema.name) : null
}

/** About four characters a token, as a server would report it. */
function usageOf(body: ChatBody): Record<string, number> {
  const characters = body.messages.reduce((sum, message) => sum + message.content.length, 0)
  const [prompt_tokens, completion_tokens] = [Math.ceil(characters / 4), 100]
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens }
}
