import { generalCategory, type CategoryGuidance } from '../../guidance/spec-set.ts'
import { askInForm } from '../../models/ask-in-form.ts'
import { createRequest, type ModelRole } from '../../models/model-role.ts'
import type { Reply } from '../../models/model-port.ts'
import type { Candidate } from '../../records/candidate.ts'
import type { PromptWithCandidates, RegradedPrompt } from '../../records/grading.ts'
import type { Message } from '../../records/message.ts'
import type { ClassifiedPrompt } from '../../records/prompt.ts'
import { mapRows } from '../map-rows.ts'
import type { StageContext } from '../stage.ts'
import { findCitedClauses } from './cited-clauses.ts'
import { readGeneration, type ReasoningOrigin } from './read-generation.ts'

export type GenerateSettings = {
  readonly role: ModelRole
  readonly template: string
  readonly candidates: number
  readonly reasoning: ReasoningOrigin
}

type Unavailable = Extract<Reply, { status: 'unavailable' }>

/** Asks for n candidates a prompt under spec(category), unless an earlier answer is kept. A reply that holds no usable candidate is an outcome. */
export const generate = {
  name: 'generate',
  version: 1,
  run(
    rows: AsyncIterable<RegradedPrompt>,
    settings: GenerateSettings,
    context: StageContext,
  ): AsyncIterable<PromptWithCandidates> {
    const render = createRenderer(settings, context)
    return mapRows(rows, context.rowsInFlight, async ({ prompt, earlier, isKept, repeats: drawn }) => {
      if (isKept) return { prompt, candidates: [], earlier }
      const messages = render(prompt)
      const { from, to } = drawn ?? { from: 0, to: settings.candidates }
      const repeats = Array.from({ length: to - from }, (_, n) => from + n)
      const outcomes = await Promise.all(
        repeats.map((repeat) => generateOne(prompt, messages, repeat, settings, context)),
      )
      const candidates: Candidate[] = []
      let missing: Unavailable | null = null
      for (const outcome of outcomes) {
        if (outcome.status === 'unavailable') missing ??= outcome
        else candidates.push(outcome)
      }
      if (missing === null) return { prompt, candidates, earlier }
      context.leaveOpen({ promptId: prompt.id, category: prompt.category, step: 'generate', reply: missing })
      return context.takesPartialPrompts ? { prompt, candidates, earlier } : undefined
    })
  },
} as const

async function generateOne(
  prompt: ClassifiedPrompt,
  messages: readonly Message[],
  repeat: number,
  settings: GenerateSettings,
  context: StageContext,
): Promise<Candidate | Unavailable> {
  const guidance = context.specs.forCategory(prompt.category)
  const request = createRequest(settings.role, messages, null, repeat)
  const purpose = { step: 'generate', category: prompt.category }
  const repair = context.templates.get('repair/form')
  const reply = await askInForm(context.models, request, purpose, repair, (answer) =>
    readGeneration(answer, guidance.modes, settings.reasoning),
  )
  if (reply.status === 'unavailable') return reply.reply
  const [first = ''] = reply.requests
  const identity = {
    id: `c_${first.slice(0, 20)}`,
    promptId: prompt.id,
    repeat,
    requests: reply.requests,
    model: settings.role.model,
  }
  if (reply.status === 'unusable') {
    const code = reply.code === 'off_menu' ? 'malformed' : reply.code
    return { status: 'unwritten', ...identity, code, detail: reply.detail, text: reply.text }
  }
  const citedClauses = findCitedClauses(reply.value.reasoning, guidance.clauseIds)
  return { status: 'written', ...identity, ...reply.value, citedClauses }
}

/** The system part depends on the category alone unless the deployment has instructions, so it is rendered once. */
function createRenderer(
  settings: GenerateSettings,
  context: StageContext,
): (prompt: ClassifiedPrompt) => readonly Message[] {
  const template = context.templates.get(settings.template)
  const byCategory = new Map<string, readonly Message[]>()
  const renderSystem = (guidance: CategoryGuidance, deployment: string | null): readonly Message[] =>
    template.render({
      spec: guidance.text,
      modes: guidance.modes,
      has_safe_completion: guidance.modes.includes('safe_completion'),
      native_reasoning: settings.reasoning === 'native',
      example_clause: context.specs.specs.get(guidance.category)?.clauses[0]?.id ?? `${generalCategory}-1`,
      deployment,
    })
  return ({ category, messages }) => {
    const guidance = context.specs.forCategory(category)
    const [first, ...rest] = messages
    if (first?.role === 'system') return [...renderSystem(guidance, first.content), ...rest]
    const system = byCategory.get(category) ?? renderSystem(guidance, null)
    byCategory.set(category, system)
    return [...system, ...messages]
  }
}
