import { join } from 'node:path'
import type { Seat } from '../../../pipeline/graders/judge-candidate.ts'
import { judges } from '../../../pipeline/graders/judges/index.ts'
import type { Judge, JudgeInput } from '../../../pipeline/graders/judges/judge.ts'
import { loadSpecSet, loadTemplates } from '../../../pipeline/guidance/load-guidance.ts'
import type { ModelPort, Reply } from '../../../pipeline/models/model-port.ts'
import type { Answer } from '../../../pipeline/records/answer.ts'
import type { ModelRequest } from '../../../pipeline/records/request.ts'
import { makeInput, type InputParts } from '../rules/rule-input.ts'

const root = join(import.meta.dirname, '../../..')
export const templates = await loadTemplates(join(root, 'prompts'))
export const specs = await loadSpecSet(join(root, 'test/guidance/specs'), 'tiny')

type Unavailable = Extract<Reply, { status: 'unavailable' }>

/** A reply's text, or an answer that differs from an ordinary one. */
export type ScriptedReply = string | Partial<Answer> | { readonly unavailable: Unavailable['reason'] }

export type ScriptedPort = { readonly models: ModelPort; readonly asked: readonly ModelRequest[] }

/** Replies in order, the last one for ever; keeps what it was asked. */
export function scriptPort(...replies: readonly ScriptedReply[]): ScriptedPort {
  const asked: ModelRequest[] = []
  const ask: ModelPort['ask'] = async (request) => {
    const reply = replies[Math.min(asked.length, replies.length - 1)] ?? ''
    asked.push(request)
    const digest = `digest-${asked.length}`
    if (typeof reply === 'object' && 'unavailable' in reply) {
      return { status: 'unavailable', digest, reason: reply.unavailable, detail: '' }
    }
    const answer: Answer = {
      finish: 'complete',
      text: typeof reply === 'string' ? reply : '',
      reasoning: '',
      refusal: '',
      usage: null,
      servedModel: 'play',
      responseId: '',
      ...(typeof reply === 'string' ? {} : reply),
    }
    return { status: 'answered', digest, answer, fromStore: false, latencyMs: 0 }
  }
  return { models: { ask }, asked }
}

export function judgeNamed(name: string): Judge {
  const judge = judges.get(name)
  if (!judge) throw new Error(`no judge ${name}`)
  return judge
}

export function makeSeat(name: string, changes: Partial<Pick<Seat, 'votes' | 'stopBelow'>> = {}): Seat {
  const judge = judgeNamed(name)
  const role = {
    endpoint: 'http://play.invalid/v1',
    model: 'play',
    parameters: {},
    structuredOutput: 'json_schema',
  } as const
  const [template, repair] = [templates.get(judge.template), templates.get('repair/form')]
  return { judge, role, template, repair, votes: 1, stopBelow: null, ...changes }
}

export function makeJudgeInput(parts: InputParts = {}): JudgeInput {
  const { prompt, candidate } = makeInput(parts)
  return { prompt, candidate, guidance: specs.forCategory('general') }
}

const verdicts = {
  safety: { rationale: 'r', compliance: 'compliant', severity: 'none', clauses: ['GEN-1'], intent_label: 'agree' },
  'response-mode': { rationale: 'r', mode: 'direct_answer' },
  helpfulness: { rationale: 'r', direct: 3, indirect: 2 },
  reasoning: { rationale: 'r', rating: 3 },
} as const
export const judgeNames = Object.keys(verdicts).filter((name) => name in verdicts)

/** A good verdict of a judge as it would be sent, with changes. */
export function verdictOf(name: string, changes: Readonly<Record<string, unknown>> = {}): string {
  const verdict = Object.entries(verdicts).find(([key]) => key === name)?.[1]
  if (verdict === undefined) throw new Error(`no verdict of ${name}`)
  return JSON.stringify({ ...verdict, ...changes })
}
