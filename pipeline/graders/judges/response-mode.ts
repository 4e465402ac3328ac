import { z } from 'zod'
import { readJson } from '../../models/read-json.ts'
import { toResponseSchema } from '../../models/response-schema.ts'
import { responseModes, responseModeSchema } from '../../records/response-mode.ts'
import { createNonce, renderConversation } from '../fence.ts'
import type { Judge } from './judge.ts'

const replySchema = z.strictObject({ rationale: z.string(), mode: responseModeSchema })

export const responseMode: Judge = {
  name: 'response-mode',
  version: 1,
  about: 'Which mode the answer is in, judged blind; agreement with the mode that the candidate declared is 1 or 0.',
  template: 'grade/response-mode',
  schema: toResponseSchema('mode_verdict', replySchema),
  mainScore: 'mode_agreement',
  failureCode: 'mode_mismatch',
  scale: {
    classes: responseModes,
    isOrdered: false,
    needs: [],
    needsToRankVotes: ['mode'],
    classOf: ({ labels }) => labels['mode'],
  },
  variables: ({ prompt, candidate }) => {
    const conversation = renderConversation(prompt.messages)
    return { conversation, answer: candidate.answer, nonce: createNonce(conversation, candidate.answer) }
  },
  read: (answer, { candidate }) => {
    const reading = readJson(answer, replySchema)
    if (!reading.ok) return reading
    const { mode, rationale } = reading.value
    return {
      ok: true,
      value: { scores: { mode_agreement: mode === candidate.mode ? 1 : 0 }, labels: { mode }, clauses: [], rationale },
    }
  },
}
