import { generalCategory } from '../../guidance/spec-set.ts'
import type { ModelRole } from '../../models/model-role.ts'
import type { ClassifiedPrompt, Prompt } from '../../records/prompt.ts'
import { mapRows } from '../map-rows.ts'
import { rejectPrompt } from '../reject.ts'
import type { StageContext } from '../stage.ts'
import { createLabeller } from './label-prompt.ts'

/**
 * Gives each prompt a category of the spec set and an intent. Labels that the source gave are kept as given; a given
 * category that the set does not have becomes `general`, as does what the classifier finds uncovered.
 */
export const classify = {
  name: 'classify',
  version: 1,
  run(rows: AsyncIterable<Prompt>, role: ModelRole | null, context: StageContext): AsyncIterable<ClassifiedPrompt> {
    // Without a classifier its templates may be missing, as beside a published set.
    const askLabels = role === null ? null : createLabeller(context)
    return mapRows(rows, context.rowsInFlight, async (prompt) => {
      const given = prompt.category
      const known = given === null ? null : context.specs.specs.has(given) ? given : generalCategory
      if (known !== null && prompt.intent !== null) {
        const from = { categoryFrom: 'source', intentFrom: 'source', classifiedBy: [] } as const
        return { ...prompt, category: known, intent: prompt.intent, ...from }
      }
      if (role === null || askLabels === null) {
        const detail = 'the source gives no category or no intent, and the config has no classifier'
        context.reject(rejectPrompt(prompt, { stage: 'classify', code: 'unclassified', detail }))
        return undefined
      }
      const purpose = { step: 'classify', category: known }
      const reply = await askLabels(role, prompt.messages, purpose)
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
      const { category, intent } = reply.value
      return {
        ...prompt,
        category: known ?? category,
        categoryFrom: known === null ? 'classifier' : 'source',
        intent: prompt.intent ?? intent,
        intentFrom: prompt.intent === null ? 'classifier' : 'source',
        classifiedBy: reply.requests,
      } as const
    })
  },
} as const
