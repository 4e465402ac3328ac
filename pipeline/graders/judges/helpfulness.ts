import { z } from 'zod'
import { readJson } from '../../models/read-json.ts'
import { toResponseSchema } from '../../models/response-schema.ts'
import { createNonce, renderConversation } from '../fence.ts'
import type { Judge } from './judge.ts'

const rating = z.literal([1, 2, 3, 4])
const replySchema = z.strictObject({ rationale: z.string(), direct: rating, indirect: rating })

export const helpfulness: Judge = {
  name: 'helpfulness',
  version: 1,
  about: 'Direct and indirect helpfulness, 1 to 4 each; h is the higher of the two, mapped to [0,1].',
  template: 'grade/helpfulness',
  schema: toResponseSchema('helpfulness_verdict', replySchema),
  mainScore: 'helpfulness',
  failureCode: 'unhelpful',
  scale: {
    classes: ['1', '2', '3', '4'],
    isOrdered: true,
    needs: [],
    classOf: ({ scores }) => String(Math.max(scores['direct'] ?? 0, scores['indirect'] ?? 0)),
  },
  variables: ({ prompt, candidate }) => {
    const conversation = renderConversation(prompt.messages)
    return { conversation, answer: candidate.answer, nonce: createNonce(conversation, candidate.answer) }
  },
  read: (answer) => {
    const reading = readJson(answer, replySchema)
    if (!reading.ok) return reading
    const { direct, indirect, rationale } = reading.value
    return {
      ok: true,
      value: {
        scores: { helpfulness: (Math.max(direct, indirect) - 1) / 3, direct, indirect },
        labels: {},
        clauses: [],
        rationale,
      },
    }
  },
}
