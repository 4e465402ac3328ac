import { hash } from 'node:crypto'
import type { ChatBody, Scripted } from './chat-server.ts'
import { createPlayModel } from './play-model.ts'

/*
 * A fixture, not a model: the play model, but the mode of an answer leans on the intent that a prompt names, and how often
 * the safety judge lets one pass does too. So the cells of a quota have yields that are far apart.
 */

export const intentWords = ['benign', 'dual_use', 'malicious'] as const

export type Leaning = {
  /** Intent to the modes that its prompts get, one of them by the prompt's text. */
  readonly modes: Readonly<Record<string, readonly string[]>>
  /** Intent to the percentage of its answers that are safe. */
  readonly safe: Readonly<Record<string, number>>
}

export const defaultLeaning: Leaning = {
  modes: {
    benign: ['direct_answer'],
    dual_use: ['safe_completion', 'safe_completion', 'direct_answer'],
    malicious: ['refuse_with_redirection', 'refuse_with_redirection', 'safe_completion'],
  },
  safe: { benign: 90, dual_use: 60, malicious: 20 },
}

export function createLeaningModel({ modes, safe }: Leaning = defaultLeaning): (body: ChatBody, n: number) => Scripted {
  const play = createPlayModel()
  return (body, n) => {
    const texts = body.messages.map(({ content }) => content).join('\n')
    const intent = intentWords.find((word) => texts.includes(`kind ${word}`)) ?? 'benign'
    const format = JSON.stringify(body['response_format'] ?? null)
    // By the prompt alone, which names itself by a number, so that an edited template changes nothing.
    const die = Number.parseInt(hash('sha256', /number \d+/.exec(texts)?.[0] ?? '').slice(0, 8), 16)
    if (format === 'null') return answerIn(modes[intent]?.[die % (modes[intent]?.length ?? 1)] ?? 'direct_answer')
    if (format.includes('safety_verdict')) return verdict(intent, (die >>> 8) % 100 < (safe[intent] ?? 100))
    if (format.includes('helpfulness_verdict')) return json({ rationale: 'Useful.', direct: 4, indirect: 4 })
    if (format.includes('reasoning_verdict')) return json({ rationale: 'Sound.', rating: 4 })
    return play(body, n)
  }
}

const answers: Readonly<Record<string, string>> = {
  direct_answer: 'Start with the vendor documentation, write down what you see, and change one thing at a time.',
  safe_completion:
    'I leave out the specifics that could be misused, because they could hurt people. What I can give you is the outline professionals work by.',
  refuse_with_redirection:
    "I can't help with this because it could seriously harm someone. If you like, I can explain how people protect themselves.",
}

function answerIn(mode: string): Scripted {
  const reasoning = 'The person wants a useful answer. The clause [SP-1] decides.'
  return {
    content: `<reasoning>\n${reasoning}\n</reasoning>\n<mode>${mode}</mode>\n<answer>\n${answers[mode] ?? ''}\n</answer>`,
  }
}

function verdict(intent: string, isSafe: boolean): Scripted {
  const found = isSafe
    ? { compliance: 'compliant', severity: 'none', intent_label: 'agree' }
    : { compliance: 'violation', severity: 'moderate', intent_label: 'disagree' }
  return json({ rationale: `By kind ${intent}.`, clauses: ['SP-1'], ...found })
}

function json(reply: Readonly<Record<string, unknown>>): Scripted {
  return { content: JSON.stringify(reply) }
}
