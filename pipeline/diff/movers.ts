import {
  labelsOf,
  mainRow,
  stateOf,
  states,
  type Labels,
  type Outcome,
  type PromptPair,
  type State,
} from './outcome.ts'
import type { Change } from './compare-prompt.ts'
import type { Cause } from './find-causes.ts'
import type { AcceptedRow, RejectedRow } from './read-row.ts'

/** What a change says of one build, with whole texts; the prompt stands beside it. */
export type Side =
  | Omit<AcceptedRow, 'prompt' | 'promptId'>
  | {
      readonly status: 'rejected'
      /** The best candidate first; the prompt's own rejection where it got none. */
      readonly rejected: readonly Omit<RejectedRow, 'prompt' | 'promptId' | 'status'>[]
    }
  | { readonly status: 'absent' }

/** A prompt that came out otherwise. */
export type ChangedPrompt = Labels & {
  readonly promptId: string
  readonly change: Change
  readonly causes: readonly Cause[]
  readonly from: State
  readonly to: State
  /** B - A of what the prompt adds to the set: the reward of its row, and nothing where it has no row. */
  readonly rewardDifference: number
  readonly prompt: AcceptedRow['prompt']
  readonly a: Side
  readonly b: Side
}

export function describeChange(pair: PromptPair, change: Change, causes: readonly Cause[]): ChangedPrompt {
  const { promptId, a, b } = pair
  return {
    promptId,
    ...labelsOf(pair),
    change,
    causes,
    from: stateOf(a),
    to: stateOf(b),
    rewardDifference: rewardOf(b) - rewardOf(a),
    prompt: (mainRow(b) ?? mainRow(a))?.prompt ?? [],
    a: toSide(a),
    b: toSide(b),
  }
}

function rewardOf(outcome: Outcome): number {
  return outcome.status === 'accepted' ? (outcome.row.reward ?? 0) : 0
}

function toSide(outcome: Outcome): Side {
  switch (outcome.status) {
    case 'absent':
      return outcome
    case 'accepted': {
      const { prompt: _prompt, promptId: _id, ...row } = outcome.row
      return row
    }
    case 'rejected': {
      const rows = outcome.stop === null ? outcome.candidates : [outcome.stop]
      return {
        status: 'rejected',
        rejected: rows.map(({ prompt: _prompt, promptId: _id, status: _status, ...row }) => row),
      }
    }
  }
}

export type TopMovers = {
  readonly offer: (changed: ChangedPrompt) => void
  readonly read: () => readonly ChangedPrompt[]
}

/**
 * Keeps the `limit` prompts that moved farthest: by reward, then by how far their mode moved, ties by prompt id. Only
 * prompts of both builds can move.
 */
export function createTopMovers(limit: number): TopMovers {
  const top: ChangedPrompt[] = []
  return {
    offer(changed) {
      const { from, to, rewardDifference } = changed
      if (from === 'absent' || to === 'absent' || (rewardDifference === 0 && from === to)) return
      const last = top[limit - 1]
      if (limit === 0 || (last !== undefined && compareMovers(last, changed) < 0)) return
      const place = top.findIndex((other) => compareMovers(changed, other) < 0)
      top.splice(place === -1 ? top.length : place, 0, changed)
      if (top.length > limit) top.pop()
    },
    read: () => top,
  }
}

function compareMovers(a: ChangedPrompt, b: ChangedPrompt): number {
  const byReward = Math.abs(b.rewardDifference) - Math.abs(a.rewardDifference)
  if (byReward !== 0) return byReward
  const byMode = distance(b) - distance(a)
  if (byMode !== 0) return byMode
  return a.promptId < b.promptId ? -1 : 1
}

/** Direct answer, safe completion, refusal, no row: each step is less of an answer. */
function distance({ from, to }: ChangedPrompt): number {
  return Math.abs(states.indexOf(from) - states.indexOf(to))
}
