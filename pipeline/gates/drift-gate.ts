import { measureAcceptance } from './acceptance-gate.ts'
import { openReference } from './earlier-build.ts'
import type { GateSubject } from './gate-subject.ts'
import type { Gate, GateVerdict } from './gate.ts'
import { showShares, toShares } from './mixture-gate.ts'
import { measureTotalVariation } from './total-variation.ts'

/** 0.8 - 0.7 is a little more than 0.1: a move of the limit itself passes. */
const rounding = 1e-9

type Means = { readonly reward: number | null; readonly answerLength: number | null }

type Measured = number | Readonly<Record<string, number>> | null

/** One statistic in both builds. A null is not known; a move that cannot be told is a failure, not a pass. */
type Statistic = {
  readonly cell: string
  readonly limit: number | undefined
  readonly before: Measured
  readonly now: Measured
  readonly moved: number | null
}

export const driftGate: Gate = {
  name: 'drift',
  async judge({ gates: { drift: limit }, subject, folder, home }, sink) {
    if (limit === null) return null
    const { buildId } = subject
    const reference = await openReference({ against: limit.against, folder, home, buildId })
    if (reference.status === 'none') return passWithout(limit, null, 'no build of this name is published')
    if (reference.status === 'itself') {
      return passWithout(limit, { against: buildId }, 'the published build is this very one')
    }
    const earlier = reference.subject
    const statistics = await compare(limit, earlier, subject)
    const failures = statistics.flatMap(({ cell, limit: most, moved, before, now }) => {
      if (most === undefined || (moved !== null && moved <= most + rounding)) return []
      const what =
        moved === null
          ? `cannot be compared with ${earlier.buildId}: one of the builds has none`
          : `moved by ${moved.toFixed(4)} since ${earlier.buildId}, more than ${most}: from ${show(before)} to ${show(now)}`
      sink.add({ cell, what })
      return [`${cell} ${what}`]
    })
    const measured = statistics.map(({ cell, before, now, moved }) => [cell, { before, now, moved }] as const)
    const summary = statistics.map(({ cell, moved }) => `${cell} ${show(moved)}`).join(', ')
    return {
      limit,
      measured: { against: earlier.buildId, ...Object.fromEntries(measured) },
      summary: `moved since ${earlier.buildId}: ${summary}`,
      failures,
    }
  },
}

type Limits = NonNullable<Parameters<Gate['judge']>[0]['gates']['drift']>

function passWithout(limit: Limits, measured: object | null, why: string): GateVerdict {
  const summary = `nothing to compare with: ${why}`
  return { limit, measured, summary, failures: [], note: summary }
}

async function compare(limit: Limits, earlier: GateSubject, subject: GateSubject): Promise<readonly Statistic[]> {
  const [acceptanceBefore, acceptanceNow] = [measureAcceptance(earlier.counts), measureAcceptance(subject.counts)]
  const [modesBefore, modesNow] = [toShares(earlier.counts.modes), toShares(subject.counts.modes)]
  const statistics: Statistic[] = [
    {
      cell: 'acceptance',
      limit: limit.maxAcceptanceChange,
      before: acceptanceBefore.share,
      now: acceptanceNow.share,
      moved: Math.abs(acceptanceNow.share - acceptanceBefore.share),
    },
    {
      cell: 'mode mix',
      limit: limit.maxModeShift,
      before: modesBefore,
      now: modesNow,
      moved: measureTotalVariation(modesBefore, modesNow),
    },
  ]
  // The manifest has the rest; these two need every row.
  if (limit.maxRewardChange === undefined && limit.maxAnswerLengthChange === undefined) return statistics
  const [before, now] = [await measureMeans(earlier), await measureMeans(subject)]
  return [
    ...statistics,
    {
      cell: 'mean reward',
      limit: limit.maxRewardChange,
      before: before.reward,
      now: now.reward,
      moved: compareMeans(before.reward, now.reward),
    },
    {
      cell: 'mean answer length',
      limit: limit.maxAnswerLengthChange,
      before: before.answerLength,
      now: now.answerLength,
      moved: divide(compareMeans(before.answerLength, now.answerLength), before.answerLength),
    },
  ]
}

function compareMeans(before: number | null, now: number | null): number | null {
  if (before === null || now === null) return before === now ? 0 : null
  return Math.abs(now - before)
}

function divide(change: number | null, before: number | null): number | null {
  if (change === null || change === 0) return change
  return before === null || before === 0 ? null : change / before
}

async function measureMeans(subject: GateSubject): Promise<Means> {
  let [rows, length, rewarded, reward] = [0, 0, 0, 0]
  for await (const row of subject.rows()) {
    rows += 1
    length += row.answer.length
    if (row.reward === null) continue
    rewarded += 1
    reward += row.reward
  }
  return {
    reward: rewarded === 0 ? null : reward / rewarded,
    answerLength: rows === 0 ? null : length / rows,
  }
}

function show(value: Measured): string {
  if (typeof value === 'number') return value.toFixed(4)
  if (value === null) return 'none'
  return showShares(value)
}
