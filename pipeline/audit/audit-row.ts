import { z } from 'zod'
import { digestContent } from '../decisions/content-digest.ts'
import { rulingSchema } from '../records/decision.ts'
import { responseModeSchema, type ResponseMode } from '../records/response-mode.ts'
import { verdictSchema } from '../records/verdict.ts'
import { messageSchema } from '../records/message.ts'

const texts = z.array(z.string()).readonly()
const score = z.number().nullable()
const turns = z.array(messageSchema).readonly()
const shared = {
  row_id: z.number(),
  prompt_id: z.string().nullable(),
  family: z.string().nullable(),
  category: z.string().nullable(),
  intent: z.string().nullable(),
  language: z.string().nullable(),
  source: z.string(),
  location: z.string(),
  mode: responseModeSchema.nullable(),
  reasoning: z.string().nullable(),
  cited_clauses: texts,
  safety: score,
  severity: z.string().nullable(),
  helpfulness: score,
  reasoning_quality: score,
  reward: score,
  verdicts: jsonOf(z.array(verdictSchema).readonly()),
  failed_graders: texts,
  vote_spread: score,
  decisions: jsonOf(z.array(rulingSchema).readonly()),
  content_digest: z.string().nullable(),
  requests: texts,
  model: z.string().nullable(),
}
const acceptedSchema = z.object({
  ...shared,
  id: z.string(),
  prompt: turns,
  completion: z.tuple([z.object({ content: z.string() })]),
  certified_spec_digest: z.string(),
})
const rejectedSchema = z.object({
  ...shared,
  stage: z.string(),
  code: z.string(),
  detail: z.string(),
  evidence: texts,
  candidate_id: z.string().nullable(),
  messages: turns,
  answer: z.string().nullable(),
})

const sharedColumns = Object.keys(shared).filter((name) => name !== 'row_id')
/** The columns that a row is read from. */
export const rowColumns = {
  accepted: [...sharedColumns, 'id', 'prompt', 'completion', 'certified_spec_digest'],
  rejected: [...sharedColumns, 'stage', 'code', 'detail', 'evidence', 'candidate_id', 'messages', 'answer'],
} as const

/** A row of a build, whole: a candidate with what became of it, or a prompt that was stopped before it had one. */
export type AuditRow = ReturnType<typeof toAcceptedRow> | ReturnType<typeof toRejectedRow>

/** @throws z.ZodError when the columns are not those of our shards. */
export function toAcceptedRow(row: unknown, format: string) {
  const parsed = acceptedSchema.parse(row)
  const answer = readAnswer(parsed.completion[0].content, parsed.reasoning ?? '', format)
  return {
    ...toSharedParts(parsed, answer, parsed.prompt),
    status: 'accepted',
    outcome: 'accepted',
    code: 'accepted',
    detail: '',
    evidence: [] as readonly string[],
    candidateId: parsed.id,
    /** Digest of the policy text that the judges saw. */
    specDigest: parsed.certified_spec_digest,
  } as const
}

/** @throws z.ZodError as above. */
export function toRejectedRow(row: unknown) {
  const parsed = rejectedSchema.parse(row)
  return {
    ...toSharedParts(parsed, parsed.answer, parsed.messages),
    status: 'rejected',
    outcome: `${parsed.stage}/${parsed.code}`,
    stage: parsed.stage,
    code: parsed.code,
    detail: parsed.detail,
    evidence: parsed.evidence,
    candidateId: parsed.candidate_id,
    specDigest: null,
  } as const
}

type SharedParts = z.infer<z.ZodObject<typeof shared>>

function toSharedParts(parsed: SharedParts, answer: string | null, messages: z.infer<typeof turns>) {
  const { mode, reasoning, content_digest: contentDigest } = parsed
  return {
    rowId: parsed.row_id,
    promptId: parsed.prompt_id,
    family: parsed.family,
    category: parsed.category,
    intent: parsed.intent,
    language: parsed.language,
    source: parsed.source,
    location: parsed.location,
    messages,
    mode,
    reasoning,
    answer,
    citedClauses: parsed.cited_clauses,
    safety: parsed.safety,
    severity: parsed.severity,
    helpfulness: parsed.helpfulness,
    reasoningQuality: parsed.reasoning_quality,
    reward: parsed.reward,
    verdicts: parsed.verdicts,
    failedGraders: parsed.failed_graders,
    voteSpread: parsed.vote_spread,
    rulings: parsed.decisions,
    contentDigest,
    requests: parsed.requests,
    model: parsed.model,
    /**
     * Whether the row's digest is that of the text shown. It must be: a decision rests on the digest, and whoever reads
     * decides about what is on the screen.
     */
    isDigestTrue: contentDigest === digestShown(messages, mode, reasoning, answer),
  }
}

function digestShown(
  messages: z.infer<typeof turns>,
  mode: ResponseMode | null,
  reasoning: string | null,
  answer: string | null,
): string | null {
  if (answer === null) return null
  const rest = { id: '', promptId: '', repeat: 0, requests: [], model: '', citedClauses: [] } as const
  return mode === null || reasoning === null
    ? digestContent(messages, { ...rest, status: 'unwritten', code: 'malformed', detail: '', text: answer })
    : digestContent(messages, { ...rest, status: 'written', mode, reasoning, answer })
}

/** One format puts the reasoning before the answer's text. */
function readAnswer(content: string, reasoning: string, format: string): string {
  return format === 'think_inline' ? content.slice(`<think>\n${reasoning}\n</think>\n\n`.length) : content
}

function jsonOf<T extends z.ZodType>(schema: T) {
  return z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text)
      } catch {
        context.addIssue({ code: 'custom', message: 'expected JSON' })
        return z.NEVER
      }
    })
    .pipe(schema)
}
