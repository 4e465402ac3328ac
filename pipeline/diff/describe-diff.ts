import { changedParts } from './compare-prompt.ts'
import { sumChanged } from './count-changes.ts'
import type { BuildDiff } from './diff-builds.ts'
import { causes, type Cause } from './find-causes.ts'
import type { ChangedPrompt } from './movers.ts'
import { states, type State } from './outcome.ts'
import type { Group, Mean, Moves } from './tally-group.ts'

/* The words and numbers that the text and the page share. */

export const stateNames: Readonly<Record<State, string>> = {
  direct_answer: 'direct',
  safe_completion: 'safe',
  refuse_with_redirection: 'refuse',
  rejected: 'no row',
  absent: 'absent',
}

const partNames = {
  mode: 'response mode',
  answer: 'answer, in the same mode',
  reasoning: 'reasoning only',
  scores: 'scores only',
  labels: 'labels or split only',
  provenance: 'provenance only',
} as const

export type Finding = { readonly count: number; readonly title: string; readonly detail: string }

/** What became of the prompts; the counts add up to all prompts. */
export function describeChanges({ changes, overall }: BuildDiff): readonly Finding[] {
  const { changed, unaccepted } = changes
  const parts = changedParts.filter((part) => changed[part] > 0).map((part) => `${partNames[part]} ${changed[part]}`)
  const newPrompts = sumAccepted(overall.moves, 'absent', 'to')
  const gonePrompts = sumAccepted(overall.moves, 'absent', 'from')
  return [
    { count: changes.unchanged, title: 'unchanged', detail: 'the same row in both builds' },
    { count: sumChanged(changed), title: 'changed', detail: parts.join(', ') || 'a row in both builds that differs' },
    {
      count: changes.added,
      title: 'added',
      detail: `a row in B only${newPrompts > 0 ? `; ${newPrompts} of these prompts are not in A` : ''}`,
    },
    {
      count: changes.removed,
      title: 'removed',
      detail: `a row in A only${gonePrompts > 0 ? `; ${gonePrompts} of these prompts are not in B` : ''}`,
    },
    {
      count: unaccepted.same + unaccepted.otherReasons,
      title: 'no row',
      detail: `a row in neither build; ${unaccepted.otherReasons} of these for other reasons than before`,
    },
  ]
}

function sumAccepted(moves: Moves, state: State, direction: 'from' | 'to'): number {
  const modes = states.filter((one) => one !== 'rejected' && one !== 'absent')
  return modes.reduce((all, mode) => all + (direction === 'to' ? moves[state][mode] : moves[mode][state]), 0)
}

export function describeCauses(diff: BuildDiff): readonly Finding[] {
  return diff.causes.map(({ causes, prompts, added, removed, changed, unaccepted }) => {
    const kinds = Object.entries({ changed, added, removed, 'no row': unaccepted })
    const counts = kinds.filter(([, count]) => count > 0).map(([kind, count]) => `${kind} ${count}`)
    return { count: prompts, title: causes.join(' + '), detail: `${explain(causes)} (${counts.join(', ')})` }
  })
}

export function explain(list: readonly Cause[]): string {
  return list.map((cause) => causes[cause]).join('; and ')
}

/** Off the diagonal, the most frequent first, such as `safe > refuse 3`. */
export function describeMoves(moves: Moves): readonly string[] {
  return states
    .flatMap((from) => states.filter((to) => to !== from).map((to) => ({ from, to, count: moves[from][to] })))
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => b.count - a.count)
    .map(({ from, to, count }) => `${stateNames[from]} > ${stateNames[to]} ${count}`)
}

/** A line of a table: what, in A, in B, the difference. */
export type Shift = readonly [name: string, a: string, b: string, difference: string]

export function listShifts(diff: BuildDiff): readonly Shift[] {
  const { cost, rejections } = diff
  return [
    ...listGroupShifts(diff.overall),
    ...rejections
      .filter(({ a, b }) => a !== b)
      .map(({ of, stage, code, a, b }) => shiftCount(`rejected ${of}s: ${stage}/${code}`, a, b)),
    shiftCount('answers paid for', cost.a.answers, cost.b.answers),
    ['cost', renderCost(cost.a), renderCost(cost.b), sign(cost.b.costUsd - cost.a.costUsd, 2, '$')],
  ]
}

export function listGroupShifts({ a, b }: Group): readonly Shift[] {
  const severities = [...new Set([...Object.keys(a.severities), ...Object.keys(b.severities)])].toSorted()
  return [
    shiftCount('prompts', a.prompts, b.prompts),
    shiftCount('rows (accepted)', a.accepted, b.accepted),
    shiftShare('acceptance (in points)', [a.accepted, a.prompts], [b.accepted, b.prompts]),
    shiftMean('reward of rows', a.reward, b.reward, 3),
    shiftMean('reasoning quality of rows', a.reasoningQuality, b.reasoningQuality, 3),
    shiftMean('answer length (characters)', a.answerLength, b.answerLength, 0),
    shiftShare(
      'safe candidates (in points)',
      [a.safeCandidates, a.gradedCandidates],
      [b.safeCandidates, b.gradedCandidates],
    ),
    shiftMean('helpfulness of safe candidates', a.safeHelpfulness, b.safeHelpfulness, 3),
    ...severities.map((label) =>
      shiftCount(`candidates of severity ${label}`, a.severities[label] ?? 0, b.severities[label] ?? 0),
    ),
  ]
}

export function renderMean({ count, mean }: Mean, digits: number): string {
  return mean === null ? '-' : `${mean.toFixed(digits)} (${count})`
}

export function renderShare(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((part / whole) * 100).toFixed(1)}%`
}

/** Such as `safe > no row, reward -1.00`. */
export function describeMove({ from, to, rewardDifference }: ChangedPrompt): string {
  const move = from === to ? stateNames[from] : `${stateNames[from]} > ${stateNames[to]}`
  return `${move}, reward ${sign(rewardDifference, 2)}`
}

function shiftCount(name: string, a: number, b: number): Shift {
  return [name, String(a), String(b), sign(b - a, 0)]
}

function shiftMean(name: string, a: Mean, b: Mean, digits: number): Shift {
  const difference = a.mean === null || b.mean === null ? '' : sign(b.mean - a.mean, digits)
  return [name, renderMean(a, digits), renderMean(b, digits), difference]
}

type Share = readonly [part: number, whole: number]

function shiftShare(name: string, a: Share, b: Share): Shift {
  const difference = a[1] === 0 || b[1] === 0 ? '' : sign((b[0] / b[1] - a[0] / a[1]) * 100, 1)
  return [name, renderShare(...a), renderShare(...b), difference]
}

function sign(value: number, digits: number, unit = ''): string {
  const text = Math.abs(value).toFixed(digits)
  if (Number(text) === 0) return '='
  return `${value < 0 ? '-' : '+'}${unit}${text}`
}

function renderCost({ costUsd, withoutPrice }: BuildDiff['cost']['a']): string {
  const dollars = `$${costUsd.toFixed(2)}`
  return withoutPrice === 0 ? dollars : `${dollars} + ${withoutPrice} unpriced`
}
