import type { Sample } from '../records/sample.ts'
import type { TokenCount } from '../records/token-count.ts'
import { UserError } from '../records/user-error.ts'
import { renderCanonicalJson } from './canonical-json.ts'
import type { TrainerFormat } from './formats/trainer-format.ts'
import type { ShardColumn, ShardRow } from './shard-writer.ts'
import { findFormatConflict } from './trainer-formats.ts'

const promptFields = ['role', 'content'] as const

/** The columns of a training shard in this format, in file order; `tokens`: of a build that counts them. */
export function sampleColumns(
  format: TrainerFormat,
  tokens: 'tokens' | 'uncounted' = 'uncounted',
): readonly ShardColumn[] {
  return [
    text('id'),
    messages('prompt', promptFields),
    messages('completion', format.messageFields),
    ...(format.conversation === 'none' ? [] : [messages('messages', format.messageFields)]),
    ...(format.conversation === 'messages_and_text' ? [text('text')] : []),
    text('reasoning'),
    text('mode'),
    text('category'),
    text('intent'),
    { name: 'language', type: 'string', nullable: true },
    text('family'),
    { name: 'cited_clauses', type: 'strings', nullable: false },
    { name: 'safety', type: 'double', nullable: true },
    { name: 'severity', type: 'string', nullable: true },
    { name: 'helpfulness', type: 'double', nullable: true },
    { name: 'helpfulness_direct', type: 'double', nullable: true },
    { name: 'helpfulness_indirect', type: 'double', nullable: true },
    { name: 'reasoning_quality', type: 'double', nullable: true },
    { name: 'reward', type: 'double', nullable: true },
    text('verdicts'),
    { name: 'failed_graders', type: 'strings', nullable: false },
    { name: 'vote_spread', type: 'double', nullable: true },
    text('decisions'),
    text('content_digest'),
    text('spec_digest'),
    text('certified_spec_digest'),
    text('template_digest'),
    text('model'),
    text('source'),
    text('location'),
    text('prompt_id'),
    { name: 'requests', type: 'strings', nullable: false },
    text('build_id'),
    ...(tokens === 'tokens' ? tokenColumns : []),
  ]
}

/** Beside the others and flat, so that every reader can filter by them. */
export const tokenColumns: readonly ShardColumn[] = [
  { name: 'prompt_tokens', type: 'integer', nullable: false },
  { name: 'reasoning_tokens', type: 'integer', nullable: false },
  { name: 'answer_tokens', type: 'integer', nullable: false },
  { name: 'total_tokens', type: 'integer', nullable: false },
]

/**
 * A sample as a row of `sampleColumns(format)`.
 * @throws UserError `format_conflict`; callers turn what `findFormatConflict` says into a rejection before.
 */
export function toShardRow(sample: Sample, format: TrainerFormat, buildId: string): ShardRow {
  const conflict = findFormatConflict(sample, format)
  if (conflict !== null) throw conflicting(sample, conflict)
  const completion = [format.renderCompletion(sample)]
  return {
    id: sample.id,
    prompt: sample.prompt,
    completion,
    ...(format.conversation === 'none' ? {} : { messages: [...sample.prompt, ...completion] }),
    ...(format.renderText ? { text: format.renderText(sample) } : {}),
    reasoning: sample.reasoning,
    mode: sample.mode,
    category: sample.category,
    intent: sample.intent,
    language: sample.language,
    family: sample.family,
    cited_clauses: sample.citedClauses,
    safety: sample.safety,
    severity: sample.severity,
    helpfulness: sample.helpfulness,
    helpfulness_direct: sample.directHelpfulness,
    helpfulness_indirect: sample.indirectHelpfulness,
    reasoning_quality: sample.reasoningQuality,
    reward: sample.reward,
    verdicts: renderCanonicalJson(sample.verdicts),
    failed_graders: sample.failedGraders,
    vote_spread: sample.voteSpread,
    decisions: renderCanonicalJson(sample.decisions),
    content_digest: sample.contentDigest,
    spec_digest: sample.specDigest,
    certified_spec_digest: sample.certifiedSpecDigest,
    template_digest: sample.templateDigest,
    model: sample.model,
    source: sample.source,
    location: sample.location,
    prompt_id: sample.promptId,
    requests: sample.requests,
    build_id: buildId,
    ...(sample.tokens ? toTokenCells(sample.tokens) : {}),
  }
}

function toTokenCells({ prompt, reasoning, answer, total }: TokenCount): ShardRow {
  return { prompt_tokens: prompt, reasoning_tokens: reasoning, answer_tokens: answer, total_tokens: total }
}

/**
 * A sample as one line of a `jsonl` format, without the line break: {"messages": [...]} and nothing else.
 * @throws UserError `format_conflict`
 */
export function toJsonLine(sample: Sample, format: TrainerFormat): string {
  const conflict = findFormatConflict(sample, format)
  if (conflict !== null) throw conflicting(sample, conflict)
  return JSON.stringify({ messages: [...sample.prompt, format.renderCompletion(sample)] })
}

function messages(name: string, fields: readonly string[]): ShardColumn {
  return { name, type: 'messages', nullable: false, fields }
}

function text(name: string): ShardColumn {
  return { name, type: 'string', nullable: false }
}

function conflicting(sample: Sample, conflict: string): UserError {
  return new UserError('format_conflict', `expected a sample that fits the trainer format, got one where ${conflict}`, {
    where: `sample ${sample.id}`,
    remedy: 'Reject the sample, or choose a format that carries the reasoning in its own column only (messages).',
  })
}
