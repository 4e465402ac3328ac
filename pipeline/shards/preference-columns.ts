import type { PreferencePair } from '../records/preference-pair.ts'
import type { TrainerFormat } from './formats/trainer-format.ts'
import type { ShardColumn, ShardRow } from './shard-writer.ts'

/** The columns of preference shards in this format, in file order: TRL's explicit prompt, conversational. */
export function preferenceColumns(format: TrainerFormat): readonly ShardColumn[] {
  return [
    { name: 'prompt', type: 'messages', nullable: false, fields: ['role', 'content'] },
    { name: 'chosen', type: 'messages', nullable: false, fields: format.messageFields },
    { name: 'rejected', type: 'messages', nullable: false, fields: format.messageFields },
    { name: 'score_chosen', type: 'double', nullable: false },
    { name: 'score_rejected', type: 'double', nullable: false },
    { name: 'margin', type: 'double', nullable: false },
    text('rejected_code'),
    { name: 'rejected_severity', type: 'string', nullable: true },
    text('chosen_mode'),
    text('rejected_mode'),
    text('category'),
    text('intent'),
    { name: 'language', type: 'string', nullable: true },
    text('family'),
    text('prompt_id'),
    text('chosen_id'),
    text('rejected_id'),
    text('source'),
    text('location'),
    text('build_id'),
  ]
}

/** A pair as a row of `preferenceColumns(format)`. */
export function toPreferenceRow(pair: PreferencePair, format: TrainerFormat, buildId: string): ShardRow {
  const { chosen, rejected, code, margin } = pair
  return {
    prompt: chosen.prompt,
    chosen: [format.renderCompletion(chosen)],
    rejected: [format.renderCompletion(rejected)],
    score_chosen: chosen.reward,
    score_rejected: rejected.reward,
    margin,
    rejected_code: code,
    rejected_severity: rejected.severity,
    chosen_mode: chosen.mode,
    rejected_mode: rejected.mode,
    category: chosen.category,
    intent: chosen.intent,
    language: chosen.language,
    family: chosen.family,
    prompt_id: chosen.promptId,
    chosen_id: chosen.id,
    rejected_id: rejected.id,
    source: chosen.source,
    location: chosen.location,
    build_id: buildId,
  }
}

/** A pair as one line of OpenAI's preference format, without the line break. */
export function toPreferenceLine({ chosen, rejected }: PreferencePair, format: TrainerFormat): string {
  return JSON.stringify({
    input: { messages: chosen.prompt, tools: [], parallel_tool_calls: true },
    preferred_output: [format.renderCompletion(chosen)],
    non_preferred_output: [format.renderCompletion(rejected)],
  })
}

function text(name: string): ShardColumn {
  return { name, type: 'string', nullable: false }
}
