import { hash } from 'node:crypto'
import { z } from 'zod'
import { messageSchema } from '../records/message.ts'
import { intentSchema } from '../records/prompt.ts'
import { rejectionSchema } from '../records/rejection.ts'
import { responseModeSchema } from '../records/response-mode.ts'
import type { Split } from '../records/sample.ts'
import type { ShardRow } from '../shards/shard-writer.ts'

/** The two builds' rows are joined by it, so its form is checked: text of digits sorts alike in SQLite and here. */
const promptIdSchema = z.string().regex(/^p_[0-9a-f]{20}$/)
const promptSchema = z.array(messageSchema).readonly()
const score = z.number().nullable()

const sampleRowSchema = z.object({
  id: z.string(),
  prompt_id: promptIdSchema,
  prompt: promptSchema,
  completion: z.tuple([z.object({ content: z.string() })]),
  reasoning: z.string(),
  mode: responseModeSchema,
  category: z.string(),
  intent: intentSchema,
  language: z.string().nullable(),
  family: z.string(),
  cited_clauses: z.array(z.string()).readonly(),
  safety: score,
  severity: z.string().nullable(),
  helpfulness: score,
  helpfulness_direct: score,
  helpfulness_indirect: score,
  reasoning_quality: score,
  reward: score,
  verdicts: z.string(),
  decisions: z.string(),
  spec_digest: z.string(),
  certified_spec_digest: z.string(),
  template_digest: z.string(),
  model: z.string(),
  source: z.string(),
  location: z.string(),
  requests: z.array(z.string()),
})

const { shape: rejection } = rejectionSchema
const rejectionRowSchema = z.object({
  stage: rejection.stage,
  code: rejection.code,
  detail: z.string(),
  prompt_id: promptIdSchema.nullable(),
  candidate_id: z.string().nullable(),
  category: z.string().nullable(),
  intent: rejection.intent,
  messages: promptSchema,
  mode: rejection.mode,
  reasoning: z.string().nullable(),
  answer: z.string().nullable(),
  cited_clauses: z.array(z.string()).readonly(),
  safety: score,
  severity: z.string().nullable(),
  helpfulness: score,
  reward: score,
  verdicts: z.string(),
  decisions: z.string(),
  model: z.string().nullable(),
})

/** An accepted row with what two builds are compared by; its digests are SHA-256, hex. */
export type AcceptedRow = ReturnType<typeof toAcceptedRow>
/** A rejected candidate; the prompt itself where `candidateId` is null. */
export type RejectedRow = NonNullable<ReturnType<typeof toRejectedRow>>

/** @throws z.ZodError when the columns are not those of our shards. */
export function toAcceptedRow(row: ShardRow, split: Split, format: string) {
  const parsed = sampleRowSchema.parse(row)
  const answer = readAnswer(parsed, format)
  return {
    status: 'accepted',
    promptId: parsed.prompt_id,
    candidateId: parsed.id,
    category: parsed.category,
    intent: parsed.intent,
    language: parsed.language,
    family: parsed.family,
    split,
    source: parsed.source,
    location: parsed.location,
    mode: parsed.mode,
    reward: parsed.reward,
    safety: parsed.safety,
    severity: parsed.severity,
    helpfulness: parsed.helpfulness,
    directHelpfulness: parsed.helpfulness_direct,
    indirectHelpfulness: parsed.helpfulness_indirect,
    reasoningQuality: parsed.reasoning_quality,
    citedClauses: parsed.cited_clauses,
    specDigest: parsed.spec_digest,
    certifiedSpecDigest: parsed.certified_spec_digest,
    templateDigest: parsed.template_digest,
    model: parsed.model,
    answerDigest: sha256(answer),
    verdictsDigest: sha256(parsed.verdicts),
    decisionsDigest: sha256(parsed.decisions),
    requestsDigest: sha256(parsed.requests.join('\n')),
    prompt: parsed.prompt,
    reasoning: parsed.reasoning,
    answer,
  } as const
}

/**
 * Null for a bad row of a source, which is no prompt.
 * @throws z.ZodError when the columns are not those of our files of rejected rows.
 */
export function toRejectedRow(row: ShardRow) {
  const parsed = rejectionRowSchema.parse(row)
  if (parsed.prompt_id === null) return null
  return {
    status: 'rejected',
    promptId: parsed.prompt_id,
    candidateId: parsed.candidate_id,
    stage: parsed.stage,
    code: parsed.code,
    detail: parsed.detail,
    category: parsed.category,
    intent: parsed.intent,
    mode: parsed.mode,
    reward: parsed.reward,
    citedClauses: parsed.cited_clauses,
    model: parsed.model,
    answerDigest: sha256(parsed.answer ?? ''),
    verdictsDigest: sha256(parsed.verdicts),
    decisionsDigest: sha256(parsed.decisions),
    scores: { safety: parsed.safety, severity: parsed.severity, helpfulness: parsed.helpfulness },
    prompt: parsed.messages,
    reasoning: parsed.reasoning,
    answer: parsed.answer,
  } as const
}

/** Only one format changes the answer's text: it puts the reasoning before it. */
export function readAnswer(
  { completion, reasoning }: Pick<z.infer<typeof sampleRowSchema>, 'completion' | 'reasoning'>,
  format: string,
): string {
  const { content } = completion[0]
  return format === 'think_inline' ? content.slice(`<think>\n${reasoning}\n</think>\n\n`.length) : content
}

function sha256(text: string): string {
  return hash('sha256', text)
}
