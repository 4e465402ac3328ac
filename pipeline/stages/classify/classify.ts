import { z } from 'zod'
import { generalCategory } from '../../guidance/spec-set.ts'
import { createNonce, renderConversation } from '../../graders/fence.ts'
import { askInForm } from '../../models/ask-in-form.ts'
import { createRequest, type ModelRole } from '../../models/model-role.ts'
import { readJson } from '../../models/read-json.ts'
import { toResponseSchema } from '../../models/response-schema.ts'
import type { ClassifiedPrompt, Intent, Prompt } from '../../records/prompt.ts'
import { mapRows } from '../map-rows.ts'
import { rejectPrompt } from '../reject.ts'
import type { StageContext } from '../stage.ts'

const template = 'classify/category-intent'
const answers = z.enum(['yes', 'no'])

/** The two questions; no/no is a prompt with no plausible use and no risk, which there is nothing to hold against. */
export function intentOf(plausibleBenignUse: 'yes' | 'no', meaningfulMisuseRisk: 'yes' | 'no'): Intent {
  if (meaningfulMisuseRisk === 'no') return 'benign'
  return plausibleBenignUse === 'yes' ? 'dual_use' : 'malicious'
}

/**
 * Gives each prompt a category of the spec set and an intent. Labels that the source gave are kept as given; a given
 * category that the set does not have becomes `general`, as does what the classifier finds uncovered.
 */
export const classify = {
  name: 'classify',
  version: 1,
  run(rows: AsyncIterable<Prompt>, role: ModelRole | null, context: StageContext): AsyncIterable<ClassifiedPrompt> {
    const categories = [...context.specs.specs.keys()]
    const replySchema = z.strictObject({
      rationale: z.string(),
      category: z.enum(categories),
      plausible_benign_use: answers,
      meaningful_misuse_risk: answers,
    })
    const schema = toResponseSchema('prompt_labels', replySchema)
    return mapRows(rows, context.rowsInFlight, async (prompt) => {
      const given = prompt.category
      const known = given === null ? null : context.specs.specs.has(given) ? given : generalCategory
      if (known !== null && prompt.intent !== null) {
        const from = { categoryFrom: 'source', intentFrom: 'source', classifiedBy: [] } as const
        return { ...prompt, category: known, intent: prompt.intent, ...from }
      }
      if (role === null) {
        const detail = 'the source gives no category or no intent, and the config has no classifier'
        context.reject(rejectPrompt(prompt, { stage: 'classify', code: 'unclassified', detail }))
        return undefined
      }
      const conversation = renderConversation(prompt.messages)
      const nonce = createNonce(conversation)
      const variables = { categories: context.specs.categoryLines, conversation, nonce }
      const request = createRequest(role, context.templates.get(template).render(variables), schema, 0)
      const purpose = { step: 'classify', category: known }
      const repair = context.templates.get('repair/form')
      const reply = await askInForm(context.models, request, purpose, repair, (answer) => readJson(answer, replySchema))
      if (reply.status === 'unavailable') {
        context.leaveOpen({ promptId: prompt.id, category: known, step: purpose.step, reply: reply.reply })
        return undefined
      }
      if (reply.status === 'unusable') {
        const detail = `the classifier's reply was ${reply.code}: ${reply.detail}`
        const reason = { stage: 'classify', code: 'unclassified', detail, evidence: [reply.text] } as const
        context.reject(rejectPrompt(prompt, reason, reply.requests))
        return undefined
      }
      const { category, plausible_benign_use, meaningful_misuse_risk } = reply.value
      return {
        ...prompt,
        category: known ?? category,
        categoryFrom: known === null ? 'classifier' : 'source',
        intent: prompt.intent ?? intentOf(plausible_benign_use, meaningful_misuse_risk),
        intentFrom: prompt.intent === null ? 'classifier' : 'source',
        classifiedBy: reply.requests,
      } as const
    })
  },
} as const
