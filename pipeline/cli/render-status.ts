import { isAbsolute, relative } from 'node:path'
import type { Totals } from '../build/ledger.ts'
import type { GateResult } from '../gates/gate-result.ts'
import type { BuildStatus } from './build-status.ts'
import { renderBatches } from './describe-batches.ts'
import { renderRetries } from './describe-retries.ts'
import { renderQuota } from './render-quota.ts'

/**
 * The summary for a person.
 * @param workingFolder Absolute: what lies below it is named from there, so that it can be pasted into the next command.
 */
export function renderStatus(status: BuildStatus, workingFolder: string): string {
  const lines = [`${status.status}: ${status.message}`, ...status.details.map((detail) => `  ${detail}`)]
  const { counts, requests, path } = status
  if (counts !== null) {
    const rejected = Object.entries({ ...counts.rejectedPrompts })
    lines.push(
      `prompts     ${counts.prompts} read${rejected.map(([stage, codes]) => ` · ${stage}: ${renderCodes(codes)}`).join('')}`,
      `candidates  ${counts.candidates} · accepted ${counts.accepted}${Object.entries(counts.rejectedCandidates)
        .map(([stage, codes]) => ` · ${stage}: ${renderCodes(codes)}`)
        .join('')}`,
      ...(counts.accepted === 0 ? [] : [`accepted    ${renderCodes(counts.modes)} · ${renderCodes(counts.intents)}`]),
    )
    const decided = Object.fromEntries(Object.entries(counts.decisions).filter(([, count]) => count > 0))
    if (Object.keys(decided).length > 0) lines.push(`decisions   ${renderCodes(decided)}`)
  }
  if (status.quota !== null) lines.push(...renderQuota(status.quota))
  if (requests !== null && status.status === 'unchanged' && requests.reused === 0) {
    lines.push('requests    none: nothing that the build depends on has changed')
  } else if (requests !== null) {
    const { run, build } = requests
    lines.push(
      `requests    ${renderRequests(requests)}`,
      `tokens      ${build.promptTokens} in, ${build.completionTokens} out behind this build; ${run.promptTokens} in, ${run.completionTokens} out paid in this run`,
    )
  }
  if (status.retries !== null) lines.push(`retries     ${renderRetries(status.retries)}`)
  if (status.batches !== null) lines.push(`batches     ${renderBatches(status.batches)}`)
  if (status.budget !== null) lines.push(`budget      ${renderBudget(status.budget)}`)
  if (status.gates !== null) lines.push(`gates       ${renderGates(status.gates)}`)
  if (path !== null) lines.push(`output      ${nameFrom(workingFolder, path)}`)
  return lines.join('\n')
}

/** A path as it can be pasted where the command was run. */
export function nameFrom(folder: string, path: string): string {
  const short = relative(folder, path)
  return short === '' || short.startsWith('..') || isAbsolute(short) ? path : short
}

function renderGates(gates: NonNullable<BuildStatus['gates']>): string {
  const count = (status: GateResult['status']): number => gates.filter((one) => one.status === status).length
  return `${count('passed')} passed, ${count('failed')} failed, ${count('off')} off`
}

export function renderCodes(codes: Readonly<Record<string, number>>): string {
  return Object.entries(codes)
    .map(([code, count]) => `${code} ${count}`)
    .join(', ')
}

export function renderRequests({ reused, unavailable, run }: Readonly<Totals>): string {
  const unanswered = unavailable > 0 ? ` · ${unavailable} unanswered` : ''
  const unpriced = run.withoutPrice > 0 ? ` + ${run.withoutPrice} answers without a price` : ''
  return `${reused} reused · ${run.answers} sent${unanswered} · $${run.costUsd.toFixed(4)}${unpriced}`
}

export function renderBudget({
  maxCostUsd,
  maxTokens,
  spent,
  assumed,
  overshoot,
}: NonNullable<BuildStatus['budget']>): string {
  const parts = [
    ...(maxCostUsd === null ? [] : [`$${spent.costUsd.toFixed(4)} of $${maxCostUsd} spent`]),
    ...(maxTokens === null ? [] : [`${spent.tokens} of ${maxTokens} tokens spent`]),
    ...(assumed.tokens === 0
      ? []
      : [
          `of these $${assumed.costUsd.toFixed(4)} and ${assumed.tokens} tokens are the worst case of tries whose cost is not known`,
        ]),
    ...(overshoot.costUsd === 0
      ? []
      : [`$${overshoot.costUsd.toFixed(4)} over: answers cost more than their worst case`]),
    ...(overshoot.tokens === 0 ? [] : [`${overshoot.tokens} tokens over: answers took more than their worst case`]),
  ]
  return parts.join('; ')
}
