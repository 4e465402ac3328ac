import type { Plan, PlanStep, Range, StrategyPlan } from '../plan/plan.ts'
import type { Caps } from '../models/budget.ts'
import { renderTable } from './render-table.ts'

/** Lines of a cause's diff that are shown; all of them are in the JSON. */
const shownDiffLines = 24

/** A plan for a person: a table a strategy, then the causes; with a cap, what it means for them. */
export function renderPlan(plan: Plan, { maxCostUsd }: Pick<Caps, 'maxCostUsd'>): string {
  const against = plan.against === null ? 'no earlier build: most is expected' : `rates of ${plan.against}`
  const head = [`plan of ${plan.name}: ${plan.prompts} prompts; nothing was sent (${against})`]
  const shown = new Set<string>()
  if (plan.quota !== null) {
    const { round, prompts, again, promptsLeft } = plan.quota
    const more = again > 0 ? `, and draws ${again} further candidates` : ''
    head.push(
      `round ${round} of the quota draws ${prompts} prompts${more}; what it misses is exact, up to ${promptsLeft} prompts are left for later rounds`,
    )
  }
  return [...head, ...plan.strategies.flatMap((strategy) => renderStrategy(strategy, shown, maxCostUsd))].join('\n')
}

/** `shown` holds the diffs that stand further up already. */
function renderStrategy(
  { strategy, steps, causes, categories, requests, costUsd }: StrategyPlan,
  shown: Set<string>,
  maxCostUsd: number | null,
): string[] {
  const headings = ['step', 'reused', 'missing', 'depends on answers', 'tokens in', 'tokens out', 'cost']
  const rows = steps.map(renderStep)
  const total = [
    'total',
    String(steps.reduce((all, step) => all + step.reused, 0)),
    String(steps.reduce((all, step) => all + step.missing, 0)),
    '',
    '',
    `${renderRange(requests)} requests`,
    steps.some((step) => step.completionTokens === null) ? 'not measured' : renderCost(costUsd),
  ]
  const byCategory = Object.entries(categories).map(([category, count]) => `${category} ${count}`)
  return [
    '',
    `strategy ${strategy}`,
    ...renderTable([headings, ...rows, total]),
    byCategory.length > 0
      ? `missing by category: ${byCategory.join(', ')}`
      : 'nothing is missing: a build sends no request and costs nothing',
    ...(maxCostUsd === null || costUsd === null ? [] : [compareWithCap(costUsd, maxCostUsd)]),
    ...causes.flatMap((cause) => [
      '',
      `${cause.requests} requests: ${cause.title} (${renderCounts(cause.steps)}; ${renderCounts(cause.categories)})`,
      ...(cause.clauses.length > 0 ? [`  ${cause.leaningSamples} accepted rows cite ${cause.clauses.join(', ')}`] : []),
      ...renderDiff(cause.diff, shown),
    ]),
  ]
}

/** A run stops at its cap and the next one goes on, so that a dearer build takes several. */
function compareWithCap({ expected, max }: Range, maxCostUsd: number): string {
  if (max <= maxCostUsd) return `budget: at most $${max.toFixed(2)} of the $${maxCostUsd} that a run may spend`
  if (expected <= maxCostUsd)
    return `budget: may pass the $${maxCostUsd} that a run may spend, and would then take another run`
  return `budget: expected to take ${Math.ceil(expected / maxCostUsd)} runs of $${maxCostUsd} each`
}

function renderStep({ step, reused, missing, open, promptTokens, completionTokens, costUsd }: PlanStep): string[] {
  return [
    step,
    String(reused),
    String(missing),
    open.max === 0 ? '' : renderRange(open),
    promptTokens === null ? 'not measured' : renderRange(promptTokens),
    completionTokens === null ? 'not measured' : renderRange(completionTokens),
    completionTokens === null ? 'not measured' : renderCost(costUsd),
  ]
}

function renderDiff(diff: string, seen: Set<string>): string[] {
  if (diff === '' || seen.has(diff)) return []
  seen.add(diff)
  const lines = diff.trimEnd().split('\n')
  const shown = lines.slice(0, shownDiffLines).map((line) => `  | ${line}`)
  return lines.length > shownDiffLines ? [...shown, `  | ... ${lines.length - shownDiffLines} more lines`] : shown
}

function renderRange({ min, expected, max }: Range): string {
  return min === max ? formatNumber(min) : `${formatNumber(min)}-${formatNumber(max)} (~${formatNumber(expected)})`
}

function renderCost(cost: Range | null): string {
  if (cost === null) return 'no price'
  return cost.min === cost.max
    ? formatDollars(cost.min)
    : `${formatDollars(cost.min)}-${formatDollars(cost.max)} (~${formatDollars(cost.expected)})`
}

function renderCounts(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}

function formatNumber(value: number): string {
  return new Intl.NumberFormat('en', { maximumFractionDigits: 0 }).format(value)
}

function formatDollars(value: number): string {
  return `$${value.toFixed(2)}`
}
