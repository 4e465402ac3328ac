import { z } from 'zod'
import type { DecisionStore } from '../answers/decision-store.ts'
import type { Manifest } from '../build/manifest.ts'
import { makeDecision } from '../decisions/make-decision.ts'
import type { Decision } from '../records/decision.ts'
import { UserError } from '../records/user-error.ts'
import type { ShardRow } from '../shards/shard-writer.ts'

/** A row of a build, as far as a decision about it needs. */
const rowSchema = z.object({
  id: z.string().optional(),
  candidate_id: z.string().nullish(),
  prompt_id: z.string().nullable(),
  content_digest: z.string().nullable(),
  category: z.string().nullable(),
  mode: z.string().nullable(),
  stage: z.string().optional(),
  code: z.string().optional(),
  certified_spec_digest: z.string().optional(),
})

/** The part of a manifest that a decision names. */
export type JudgedBuild = Pick<Manifest, 'buildId'> & {
  readonly inputs: { readonly specSet: Pick<Manifest['inputs']['specSet'], 'specs'> }
}

export type Word = Pick<Decision, 'action' | 'by' | 'decidedAt' | 'reason'>

/**
 * Decides about the candidate of a row; resolves when it is durable. Of an auditor the last word counts, so where the clock
 * was set back since, the new word is of the moment after: else the older one would go on counting.
 * @throws UserError `decision`, see {@link decideAbout}; `answer_store`.
 */
export async function keepDecision(
  store: DecisionStore,
  row: ShardRow,
  build: JudgedBuild,
  word: Word,
): Promise<Decision> {
  const { contentDigest } = decideAbout(row, build, word)
  const earlier = (await store.list({ contentDigest })).filter(({ by }) => by === word.by)
  const after = earlier.map(({ decidedAt }) => Date.parse(decidedAt) + 1)
  const decidedAt = new Date(Math.max(Date.parse(word.decidedAt), ...after)).toISOString()
  const decision = decideAbout(row, build, { ...word, decidedAt })
  await store.add([decision])
  return decision
}

/**
 * A decision about the candidate of a row, accepted or rejected.
 * @throws UserError `decision` for a row without a candidate, an accept of a reply that holds no answer, or a word
 * without a name or a reason.
 */
export function decideAbout(row: ShardRow, { buildId, inputs }: JudgedBuild, word: Word): Decision {
  const parsed = rowSchema.parse(row)
  const { prompt_id: promptId, content_digest: contentDigest, category, mode, stage, code } = parsed
  const candidateId = parsed.id ?? parsed.candidate_id ?? null
  if (promptId === null || candidateId === null || contentDigest === null) {
    throw new UserError('decision', 'expected a candidate, got a row or prompt that was stopped before it had one', {
      remedy: 'Decide about a candidate (c_...); change the config to let a prompt through.',
    })
  }
  if (word.action === 'accept' && mode === null) {
    throw new UserError('decision', `expected an answer that can become a row, got a reply without one (${code})`, {
      where: `candidate ${candidateId}`,
      remedy: 'Flag it or comment on it; a reply that is cut off, refused or malformed has nothing to emit.',
    })
  }
  return makeDecision({
    ...word,
    contentDigest,
    promptId,
    candidateId,
    buildId,
    outcome: stage === undefined ? 'accepted' : `${stage}/${code}`,
    specDigest: parsed.certified_spec_digest ?? inputs.specSet.specs[category ?? ''] ?? null,
  })
}
