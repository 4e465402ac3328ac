import type { DecisionStore } from '../answers/decision-store.ts'
import { findStandingDecisions } from '../decisions/standing-decisions.ts'
import type { Decision, Standing } from '../records/decision.ts'
import { UserError } from '../records/user-error.ts'
import type { AuditRow } from './audit-row.ts'
import { keepDecision, type JudgedBuild } from './decide.ts'
import type { AuditItem } from './read-item.ts'

/** What people said of a prompt's texts. */
export type ItemDecisions = {
  /** In order of time, by the digest of the text. */
  readonly about: (contentDigest: string | null) => readonly Decision[]
  /** What stands of them; null where nothing does. */
  readonly standingOf: (contentDigest: string | null) => Standing | null
  /** About texts that no candidate of the prompt has now: shown, never applied. */
  readonly stale: readonly Decision[]
}

export type DecisionDesk = {
  /** The auditor at this desk. */
  readonly auditor: string
  readonly list: () => Promise<readonly Decision[]>
  readonly read: (item: AuditItem) => Promise<ItemDecisions>
  /** One decision about a prompt; null when there is none of that id. */
  readonly find: (promptId: string | null, id: string | null) => Promise<Decision | null>
  /**
   * Resolves when it is durable.
   * @throws UserError `decision` for what cannot be decided, with the reason in words for the page.
   */
  readonly decide: (row: AuditRow, action: Decision['action'], reason: string) => Promise<Decision>
}

export type DeskSources = {
  readonly store: DecisionStore
  readonly auditor: string
  readonly manifest: JudgedBuild
  /** ISO 8601, UTC. */
  readonly now: () => string
}

export function createDecisionDesk({ store, auditor, manifest, now }: DeskSources): DecisionDesk {
  return {
    auditor,
    list: () => store.list(),
    read: async (item) => {
      const [promptId] = item.candidates.map((row) => row.promptId)
      const decisions = promptId === undefined || promptId === null ? [] : await store.list({ promptId })
      const standing = findStandingDecisions(decisions)
      const current = new Set(item.candidates.map(({ contentDigest }) => contentDigest))
      return {
        about: (digest) => decisions.filter(({ contentDigest }) => contentDigest === digest),
        standingOf: (digest) => (digest === null ? null : standing.find(digest)),
        stale: decisions.filter(({ contentDigest }) => !current.has(contentDigest)),
      }
    },
    find: async (promptId, id) => {
      if (promptId === null || id === null) return null
      const decisions = await store.list({ promptId: promptId.toWellFormed() })
      return decisions.find((decision) => decision.id === id) ?? null
    },
    decide: async (row, action, reason) => {
      const obstacle = findObstacle(row, action)
      if (obstacle !== null) throw new UserError('decision', obstacle, { remedy: 'Go back to the sample.' })
      const { candidateId, promptId, contentDigest, category, mode } = row
      return await keepDecision(
        store,
        {
          candidate_id: candidateId,
          prompt_id: promptId,
          content_digest: contentDigest,
          category,
          mode,
          ...(row.status === 'accepted'
            ? { certified_spec_digest: row.specDigest }
            : { stage: row.stage, code: row.code }),
        },
        manifest,
        { action, by: auditor, decidedAt: now(), reason },
      )
    },
  }
}

/** Why this cannot be decided about this row; null when it can. */
export function findObstacle(row: AuditRow, action: Decision['action']): string | null {
  if (row.candidateId === null)
    return 'There is no candidate to decide about: the prompt was stopped before it had one.'
  if (!row.isDigestTrue) {
    return 'The digest in this row is not that of the text shown, so a decision would be about another text. Run `safe-completions verify` on the build.'
  }
  if (action === 'accept' && row.mode === null) {
    return 'This reply holds no answer that could be emitted (it was refused, cut off or out of form), so it cannot be accepted. Reject, flag or comment instead.'
  }
  return null
}
