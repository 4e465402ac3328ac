import { sum } from '../build/build-counts.ts'
import type { GateSubject } from './gate-subject.ts'
import type { Gate, GateContext } from './gate.ts'
import { findLowCategories, showRatio, toRatio, type Ratio } from './ratio.ts'

/** Rows by the prompts that were to get one: all that the screen left, those that no classifier could label included. */
export function measureAcceptance({ accepted, gradedPrompts, rejectedPrompts }: GateSubject['counts']): Ratio {
  const { classify = {} } = rejectedPrompts
  return toRatio(accepted, gradedPrompts + sum({ classify }), 0)
}

export const acceptanceGate: Gate = {
  name: 'acceptance',
  async judge(context, sink) {
    const limit = context.gates.acceptance
    if (limit === null) return null
    const whole = measureAcceptance(context.subject.counts)
    const failures: string[] = []
    if (limit.min !== undefined && whole.share < limit.min) {
      const what = `${whole.share.toFixed(4)} is below ${limit.min}: ${whole.part} of ${whole.whole} prompts left by the screen have a row`
      sink.add({ cell: 'whole build', what })
      failures.push(`acceptance ${what}`)
    }
    const summary = `${showRatio(whole)} prompts left by the screen have a row`
    if (limit.minByCategory === undefined) return { limit, measured: { whole }, summary, failures }
    const categories = await measureCategories(context)
    const words = { subject: 'acceptance', whole: 'graded prompts', part: 'have a row' }
    failures.push(...findLowCategories(limit.minByCategory, categories, words, sink))
    return { limit, measured: { whole, categories }, summary, failures }
  },
}

type Fate = { readonly promptId: string; readonly category: string; readonly isAccepted: boolean }

/** A prompt may have several candidates, in two places: they meet in the scratch file, in order of prompt. */
async function measureCategories({ subject, spool }: GateContext): Promise<Record<string, Ratio>> {
  const table = spool.table<Fate>('fates')
  for await (const { promptId, category, isAccepted } of subject.candidates()) {
    table.append(promptId, { promptId, category, isAccepted })
  }
  const counts = new Map<string, { prompts: number; accepted: number }>()
  let last: string | null = null
  for (const { promptId, category, isAccepted } of table.read()) {
    const count = counts.get(category) ?? { prompts: 0, accepted: 0 }
    counts.set(category, count)
    if (promptId !== last) count.prompts += 1
    if (isAccepted) count.accepted += 1
    last = promptId
  }
  const sorted = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(
    sorted.map(([category, { prompts, accepted }]) => [category, toRatio(accepted, prompts, 0)]),
  )
}
