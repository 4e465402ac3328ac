import { markup, type Markup } from '../../display/html.ts'
import type { FilterOptions, LabelOption } from '../filter-options.ts'
import {
  type decisionFilters,
  type disagreements,
  labelColumns,
  type orders,
  type scoreColumns,
  strataColumns,
  type QueueChoice,
} from '../queue-choice.ts'
import { toLine } from './text-block.ts'

const labelNames = {
  code: 'outcome',
  stage: 'stage',
  category: 'category',
  mode: 'mode',
  intent: 'intent',
  language: 'language',
  source: 'source',
  severity: 'severity',
} as const satisfies Record<(typeof labelColumns)[number], string>

export const orderNames = {
  build: 'in order of the build',
  random: 'random',
  uncertain: 'most uncertain first',
  near: 'near the threshold first',
  movers: 'biggest movers first',
} as const satisfies Record<(typeof orders)[number], string>

const disagreementNames = {
  votes: 'between votes of a judge',
  graders: 'between graders',
  either: 'between votes or graders',
} as const satisfies Record<(typeof disagreements)[number], string>

const decisionNames = {
  decided: 'decided',
  open: 'decided by no one',
  unread: 'not decided by me',
  conflict: 'auditors differ',
  stale: 'stale decisions',
  flagged: 'flagged',
} as const satisfies Record<(typeof decisionFilters)[number], string>

const scoreNames = {
  safety: 'safety',
  helpfulness: 'helpfulness',
  reasoning_quality: 'reasoning',
  reward: 'reward',
} as const satisfies Record<(typeof scoreColumns)[number], string>

/** A queue in words, for the bar. */
export function describeQueue(choice: QueueChoice): string {
  const { order, seed, n, strata } = choice
  const labels = labelColumns.flatMap((column) => {
    const value = choice[column]
    return value === undefined ? [] : [`${labelNames[column]} ${toLine(value, 40)}`]
  })
  const range =
    choice.min === undefined && choice.max === undefined
      ? []
      : [`${scoreNames[choice.score ?? 'reward']} ${choice.min ?? 0} to ${choice.max ?? 1}`]
  const filters = [
    ...labels,
    ...(choice.grader === undefined ? [] : [`failed by ${toLine(choice.grader, 40)}`]),
    ...range,
    ...(choice.disagree === undefined ? [] : [`disagreement ${disagreementNames[choice.disagree]}`]),
    ...(choice.decision === undefined ? [] : [decisionNames[choice.decision]]),
    ...(choice.text === undefined ? [] : [`“${toLine(choice.text, 40)}”`]),
  ]
  const ordered =
    order === 'random'
      ? `${n} at random${strata.length === 0 ? '' : ` per ${strata.join(' × ')}`}, seed ${seed}`
      : orderNames[order]
  return [filters.length === 0 ? 'all' : filters.join(', '), ordered].join(' · ')
}

/** The form that makes a queue; its fields are what stands in the address. */
export function renderFilters(choice: QueueChoice, options: FilterOptions): Markup {
  return markup`<form method="get" action="/queue" class="filters" role="search" aria-label="Filters and order">
      <label class="wide">text or id <input type="search" name="text" value="${choice.text ?? ''}" maxlength="1000" data-search=""></label>
      ${labelColumns.map((column) => renderSelect(labelNames[column], column, options.labels[column], choice[column]))}
      ${renderSelect('failed by', 'grader', options.graders, choice.grader)}
      <span class="range">
        ${renderNamed('score', 'score', scoreNames, choice.score ?? '')}
        <label>from <input name="min" type="number" min="0" max="1" step="any" value="${choice.min ?? ''}"></label>
        <label>to <input name="max" type="number" min="0" max="1" step="any" value="${choice.max ?? ''}"></label>
      </span>
      ${renderNamed('disagreement', 'disagree', disagreementNames, choice.disagree ?? '')}
      ${renderNamed('decision', 'decision', decisionNames, choice.decision ?? '')}
      ${renderNamed('order', 'order', orderNames, choice.order, false)}
      <fieldset class="random">
        <legend>random</legend>
        <label>n <input name="n" type="number" min="1" max="100000" value="${choice.n}"></label>
        <label>seed <input name="seed" type="number" min="0" max="2147483647" value="${choice.seed}"></label>
        ${strataColumns.map(
          (column) =>
            markup`<label class="check"><input type="checkbox" name="strata" value="${column}"${choice.strata.includes(column) ? markup` checked=""` : ''}> per ${column}</label>`,
        )}
      </fieldset>
      <p class="buttons"><button class="save">Read this queue</button> <button class="quiet" formaction="/list">List it</button> <a href="/">clear</a></p>
    </form>`
}

/** The same form, folded away beside what is read. */
export function renderFilterPanel(choice: QueueChoice, options: FilterOptions, isOpen = false): Markup {
  return markup`<details class="filter-panel"${isOpen ? markup` open=""` : ''}>
      <summary>Filters and order</summary>
      ${renderFilters(choice, options)}
    </details>`
}

function renderSelect(
  name: string,
  field: string,
  options: readonly LabelOption[],
  chosen: string | undefined,
): Markup {
  const isListed = chosen === undefined || options.some(({ value }) => value === chosen)
  const all = isListed ? options : [...options, { value: chosen, rows: 0 }]
  return markup`<label>${name} <select name="${field}">
      <option value="">any</option>
      ${all.map(({ value, rows }) => renderOption(value, `${toLine(value, 60)} (${rows.toLocaleString('en')})`, value === chosen))}
    </select></label>`
}

function renderNamed(
  name: string,
  field: string,
  names: Readonly<Record<string, string>>,
  chosen: string,
  hasAny = true,
): Markup {
  return markup`<label>${name} <select name="${field}">
      ${hasAny ? markup`<option value="">any</option>` : ''}
      ${Object.entries(names).map(([value, words]) => renderOption(value, words, value === chosen))}
    </select></label>`
}

function renderOption(value: string, words: string, isChosen: boolean): Markup {
  return markup`<option value="${value}"${isChosen ? markup` selected=""` : ''}>${words}</option>`
}
