import type { Rejection } from '../records/rejection.ts'
import { renderCanonicalJson } from './canonical-json.ts'
import type { ShardColumn, ShardRow } from './shard-writer.ts'

/** The columns of a file of rejected rows, in file order. */
export const rejectionColumns: readonly ShardColumn[] = [
  text('stage', false),
  text('code', false),
  text('detail', false),
  { name: 'evidence', type: 'strings', nullable: false },
  text('source', false),
  text('location', false),
  text('prompt_id', true),
  text('candidate_id', true),
  text('family', true),
  text('category', true),
  text('intent', true),
  text('language', true),
  { name: 'messages', type: 'messages', nullable: false, fields: ['role', 'content'] },
  text('mode', true),
  text('reasoning', true),
  text('answer', true),
  { name: 'cited_clauses', type: 'strings', nullable: false },
  { name: 'safety', type: 'double', nullable: true },
  text('severity', true),
  { name: 'helpfulness', type: 'double', nullable: true },
  { name: 'reasoning_quality', type: 'double', nullable: true },
  { name: 'reward', type: 'double', nullable: true },
  text('verdicts', false),
  { name: 'failed_graders', type: 'strings', nullable: false },
  { name: 'vote_spread', type: 'double', nullable: true },
  text('decisions', false),
  text('content_digest', true),
  { name: 'requests', type: 'strings', nullable: false },
  text('model', true),
  text('build_id', false),
]

/**
 * A rejection as a row of `rejectionColumns`. Lone surrogates become U+FFFD here, as the raw text of a bad row may hold
 * them and a rejected row must not be able to stop the build.
 */
export function toRejectionRow(rejection: Rejection, buildId: string): ShardRow {
  return {
    stage: rejection.stage,
    code: wellFormed(rejection.code),
    detail: wellFormed(rejection.detail),
    evidence: rejection.evidence.map(wellFormed),
    source: wellFormed(rejection.source),
    location: wellFormed(rejection.location),
    prompt_id: orNull(rejection.promptId),
    candidate_id: orNull(rejection.candidateId),
    family: orNull(rejection.family),
    category: orNull(rejection.category),
    intent: rejection.intent,
    language: orNull(rejection.language),
    messages: rejection.messages.map(({ role, content }) => ({ role, content: wellFormed(content) })),
    mode: rejection.mode,
    reasoning: orNull(rejection.reasoning),
    answer: orNull(rejection.answer),
    cited_clauses: rejection.citedClauses.map(wellFormed),
    safety: rejection.safety,
    severity: orNull(rejection.severity),
    helpfulness: rejection.helpfulness,
    reasoning_quality: rejection.reasoningQuality,
    reward: rejection.reward,
    verdicts: renderCanonicalJson(mendTexts(rejection.verdicts)),
    failed_graders: rejection.failedGraders.map(wellFormed),
    vote_spread: rejection.voteSpread,
    decisions: renderCanonicalJson(mendTexts(rejection.decisions)),
    content_digest: rejection.contentDigest,
    requests: rejection.requests.map(wellFormed),
    model: orNull(rejection.model),
    build_id: buildId,
  }
}

function text(name: string, nullable: boolean): ShardColumn {
  return { name, type: 'string', nullable }
}

function wellFormed(value: string): string {
  return value.toWellFormed()
}

function orNull(value: string | null): string | null {
  return value === null ? null : wellFormed(value)
}

function mendTexts(value: unknown): unknown {
  if (typeof value === 'string') return wellFormed(value)
  if (Array.isArray(value)) return value.map(mendTexts)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [wellFormed(key), mendTexts(item)]))
}
