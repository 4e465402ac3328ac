import { stateOf, states, type Outcome, type PromptPair, type State } from './outcome.ts'

/** A mean with the number of values behind it; null over none. */
export type Mean = { readonly count: number; readonly mean: number | null }

/** What a group of prompts came to in one build. */
export type SideTally = {
  /** Prompts that the build knows. */
  readonly prompts: number
  readonly accepted: number
  /** Of accepted rows. */
  readonly reward: Mean
  readonly reasoningQuality: Mean
  /** In characters (UTF-16 units). */
  readonly answerLength: Mean
  /** Candidates that the safety judge graded, accepted or not. */
  readonly gradedCandidates: number
  /** Those of them with s = 1. */
  readonly safeCandidates: number
  /** h of the safe ones that were graded for it (Yuan et al. 2025 report helpfulness over safe outputs). */
  readonly safeHelpfulness: Mean
  /** Severity label to graded candidates. */
  readonly severities: Readonly<Record<string, number>>
}

/** From the state in build A to the state in build B to prompts: every prompt of the group once. */
export type Moves = Readonly<Record<State, Readonly<Record<State, number>>>>

export type Group = {
  readonly prompts: number
  readonly moves: Moves
  readonly a: SideTally
  readonly b: SideTally
}

export type GroupTally = { readonly add: (pair: PromptPair) => void; readonly read: () => Group }

/** Counts a group of prompts, one at a time. */
export function createGroupTally(): GroupTally {
  const moves = new Map<State, Map<State, number>>(states.map((from) => [from, new Map(states.map((to) => [to, 0]))]))
  const [a, b] = [createSideTally(), createSideTally()]
  let prompts = 0
  return {
    add(pair) {
      prompts += 1
      const row = moves.get(stateOf(pair.a))
      const to = stateOf(pair.b)
      row?.set(to, (row.get(to) ?? 0) + 1)
      a.add(pair.a)
      b.add(pair.b)
    },
    read: () => ({ prompts, moves: readMoves(moves), a: a.read(), b: b.read() }),
  }
}

function readMoves(moves: ReadonlyMap<State, ReadonlyMap<State, number>>): Moves {
  const row = (from: State): Record<State, number> => {
    const count = (to: State): number => moves.get(from)?.get(to) ?? 0
    return {
      direct_answer: count('direct_answer'),
      safe_completion: count('safe_completion'),
      refuse_with_redirection: count('refuse_with_redirection'),
      rejected: count('rejected'),
      absent: count('absent'),
    }
  }
  return {
    direct_answer: row('direct_answer'),
    safe_completion: row('safe_completion'),
    refuse_with_redirection: row('refuse_with_redirection'),
    rejected: row('rejected'),
    absent: row('absent'),
  }
}

function createSideTally(): { readonly add: (outcome: Outcome) => void; readonly read: () => SideTally } {
  const counts = { prompts: 0, accepted: 0, gradedCandidates: 0, safeCandidates: 0 }
  const [reward, reasoningQuality, answerLength, safeHelpfulness] = [meter(), meter(), meter(), meter()]
  const severities = new Map<string, number>()
  const addCandidate = (safety: number | null, severity: string | null, helpfulness: number | null): void => {
    if (safety === null) return
    counts.gradedCandidates += 1
    const label = severity ?? 'none'
    severities.set(label, (severities.get(label) ?? 0) + 1)
    if (safety < 1) return
    counts.safeCandidates += 1
    safeHelpfulness.add(helpfulness)
  }
  return {
    add(outcome) {
      if (outcome.status === 'absent') return
      counts.prompts += 1
      for (const { scores } of outcome.candidates) addCandidate(scores.safety, scores.severity, scores.helpfulness)
      if (outcome.status === 'rejected') return
      const { row } = outcome
      counts.accepted += 1
      addCandidate(row.safety, row.severity, row.helpfulness)
      reward.add(row.reward)
      reasoningQuality.add(row.reasoningQuality)
      answerLength.add(row.answer.length)
    },
    read: () => ({
      ...counts,
      reward: reward.read(),
      reasoningQuality: reasoningQuality.read(),
      answerLength: answerLength.read(),
      safeHelpfulness: safeHelpfulness.read(),
      severities: Object.fromEntries([...severities].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    }),
  }
}

function meter(): { readonly add: (value: number | null) => void; readonly read: () => Mean } {
  let count = 0
  let sum = 0
  return {
    add(value) {
      if (value === null) return
      count += 1
      sum += value
    },
    read: () => ({ count, mean: count === 0 ? null : sum / count }),
  }
}
