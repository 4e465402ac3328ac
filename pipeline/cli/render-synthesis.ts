import type { Caps } from '../models/budget.ts'
import type { SynthesisPlan } from '../plan/plan-synthesis.ts'
import type { SynthesisCounts } from '../synthesis/synthesis-counts.ts'
import { formatNumber } from './render-spend.ts'
import { renderCodes } from './render-status.ts'
import { renderTable } from './render-table.ts'

const bases = { measured: '', bound: ' (bound)', unknown: '' } as const

/** What a synthesis would send, for a person. */
export function renderSynthesisPlan(plan: SynthesisPlan, { maxCostUsd }: Pick<Caps, 'maxCostUsd'>): string {
  const { name, topics, slots, steps, requests, costUsd } = plan
  const headings = ['step', 'reused', 'missing', 'may follow', 'tokens in', 'tokens out', 'cost']
  const rows = steps.map((step) => [
    step.step,
    ...[step.reused, step.missing, step.later, step.promptTokens].map(formatNumber),
    step.completionTokens === null ? 'not known' : `${formatNumber(step.completionTokens)}${bases[step.basis]}`,
    step.costUsd === null ? (step.completionTokens === null ? 'not known' : 'no price') : `$${step.costUsd.toFixed(4)}`,
  ])
  const isNothing = requests.max === 0
  return [
    `plan of ${name}: ${topics} topics, ${slots} places for a prompt; nothing was sent`,
    ...renderTable([headings, ...rows]),
    isNothing
      ? 'nothing is missing: a run sends no request and costs nothing'
      : `at most ${formatNumber(requests.max)} requests, ${formatNumber(requests.min)} of them for certain; a reply that is not in its form is asked for once more on top`,
    ...(isNothing || costUsd === null ? [] : [`at most about $${costUsd.toFixed(4)}${compare(costUsd, maxCostUsd)}`]),
    ...(steps.some(({ basis, missing, later }) => basis === 'unknown' && missing + later > 0)
      ? ['tokens out are not known before a step was measured, unless its model has maxReplyTokens or max_tokens']
      : []),
  ].join('\n')
}

function compare(costUsd: number, maxCostUsd: number | null): string {
  if (maxCostUsd === null) return ''
  return costUsd <= maxCostUsd
    ? `, within the $${maxCostUsd} that a run may spend`
    : `, more than the $${maxCostUsd} that a run may spend: it may take several runs`
}

/** What became of every place for a prompt. */
export function renderSynthesisCounts(counts: SynthesisCounts): string[] {
  const { topics, slots, accepted, rejected, open, families, languageUnchecked, otherCategory } = counts
  const byStep = Object.entries(rejected).map(([step, codes]) => ` · ${step}: ${renderCodes(codes)}`)
  const hasEnded = families.complete + families.incomplete + families.empty > 0
  return [
    `prompts     ${slots} places from ${topics} topics · accepted ${accepted}${byStep.join('')}${open > 0 ? ` · open ${open}` : ''}`,
    ...(accepted === 0 ? [] : [`accepted    ${renderCodes(counts.intents)} · ${renderCodes(counts.languages)}`]),
    ...(hasEnded
      ? [`families    complete ${families.complete}, incomplete ${families.incomplete}, empty ${families.empty}`]
      : []),
    ...(otherCategory > 0
      ? [`category    the verifier put ${otherCategory} accepted prompts into another than their topic's`]
      : []),
    ...(languageUnchecked > 0
      ? [`language    not told for ${languageUnchecked} accepted prompts: too short, or not detected`]
      : []),
  ]
}
