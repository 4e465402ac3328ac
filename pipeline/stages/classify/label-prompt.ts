import { z } from 'zod'
import { createNonce, renderConversation } from '../../graders/fence.ts'
import type { Templates } from '../../guidance/load-guidance.ts'
import type { SpecSet } from '../../guidance/spec-set.ts'
import { askInForm, type FormedReply } from '../../models/ask-in-form.ts'
import type { ModelPort, Purpose } from '../../models/model-port.ts'
import { createRequest, type ModelRole } from '../../models/model-role.ts'
import { readJson } from '../../models/read-json.ts'
import { toResponseSchema } from '../../models/response-schema.ts'
import type { Message } from '../../records/message.ts'
import type { Intent } from '../../records/prompt.ts'

/** The template of the two questions. */
export const labelTemplate = 'classify/category-intent'
const answers = z.enum(['yes', 'no'])

/** The two questions; no/no is a prompt with no plausible use and no risk, which there is nothing to hold against. */
export function intentOf(plausibleBenignUse: 'yes' | 'no', meaningfulMisuseRisk: 'yes' | 'no'): Intent {
  if (meaningfulMisuseRisk === 'no') return 'benign'
  return plausibleBenignUse === 'yes' ? 'dual_use' : 'malicious'
}

export type PromptLabels = { readonly category: string; readonly intent: Intent; readonly rationale: string }

export type LabelContext = {
  readonly models: ModelPort
  readonly specs: Pick<SpecSet, 'specs' | 'categoryLines'>
  readonly templates: Templates
}

/** Asks a model for the category and intent of a conversation: it is shown the conversation alone, and no label. */
export function createLabeller({ models, specs, templates }: LabelContext, id = labelTemplate) {
  const replySchema = z.strictObject({
    rationale: z.string(),
    category: z.enum([...specs.specs.keys()]),
    plausible_benign_use: answers,
    meaningful_misuse_risk: answers,
  })
  const schema = toResponseSchema('prompt_labels', replySchema)
  const [template, repair] = [templates.get(id), templates.get('repair/form')]
  return async (
    role: ModelRole,
    messages: readonly Message[],
    purpose: Purpose,
  ): Promise<FormedReply<PromptLabels>> => {
    const conversation = renderConversation(messages)
    const nonce = createNonce(conversation)
    const variables = { categories: specs.categoryLines, conversation, nonce }
    const request = createRequest(role, template.render(variables), schema, 0)
    const reply = await askInForm(models, request, purpose, repair, (answer) => readJson(answer, replySchema))
    if (reply.status !== 'read') return reply
    const { category, rationale, plausible_benign_use, meaningful_misuse_risk } = reply.value
    const intent = intentOf(plausible_benign_use, meaningful_misuse_risk)
    return { ...reply, value: { category, intent, rationale } }
  }
}
