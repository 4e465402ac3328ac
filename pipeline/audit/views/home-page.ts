import { markup, type Markup } from '../../display/html.ts'
import type { FilterOptions, LabelOption } from '../filter-options.ts'
import { readQueueChoice } from '../queue-choice.ts'
import { renderFilters } from './filters.ts'
import { renderShell, type Place } from './shell.ts'
import { toLine } from './text-block.ts'

export type HomePage = {
  readonly place: Place
  readonly options: FilterOptions
  readonly counts: { readonly prompts: number; readonly accepted: number; readonly rejected: number }
  readonly decisions: { readonly mine: number; readonly others: number }
  /** Null: there is no earlier build to measure moves against. */
  readonly previousBuildId: string | null
}

/** Ready-made queues: the ways to look for what is wrong. */
const queues: readonly (readonly [query: string, words: string, why: string])[] = [
  ['order=uncertain', 'Most uncertain first', 'votes that differ, graders that are split, what could not be graded'],
  ['order=near', 'Near the threshold', 'what little more or less would have decided otherwise'],
  [
    'order=random&n=5&strata=category&strata=outcome',
    'Random, 5 per category and outcome',
    'a fair look at every corner',
  ],
  ['code=accepted&order=random&n=100', '100 accepted at random', 'how good is what will be trained on?'],
  ['code=unsafe&decision=unread&order=build', 'Found unsafe, not decided by me', 'was the safety judge right?'],
  ['code=rule_failed&order=build', 'Failed a rule', 'does the rule fire where it should?'],
  [
    'disagree=either&decision=open&order=uncertain',
    'Graders disagree, decided by no one',
    'where a person is needed most',
  ],
  ['decision=conflict&order=build', 'Auditors differ', 'withheld while a reject stands'],
  ['decision=flagged&order=build', 'Flagged', 'what others want looked at'],
  ['decision=stale&order=build', 'Stale decisions', 'the text that was judged is gone; read the new one'],
]

export function renderHomePage({ place, options, counts, decisions, previousBuildId }: HomePage): string {
  const main = markup`<main class="home-page">
      <h1>${toLine(place.name, 80)}</h1>
      <p class="facts">
        ${toNumber(counts.prompts)} prompts and bad rows · ${toNumber(counts.accepted)} accepted · ${toNumber(counts.rejected)} rejected ·
        decisions in the store: ${toNumber(decisions.mine)} of yours, ${toNumber(decisions.others)} of others
      </p>
      <section aria-label="Queues">
        <h2>Read</h2>
        <ul class="queues">
          ${queues.map(renderQueue)}
          ${previousBuildId === null ? markup`<li class="off"><b>Biggest movers</b> <span class="note">no earlier build of this name; --against names one</span></li>` : renderQueue(['order=movers', 'Biggest movers', `what came out otherwise than in ${previousBuildId}`])}
        </ul>
      </section>
      <section aria-label="Outcomes"><h2>By outcome</h2>${renderCounts('code', options.labels.code)}</section>
      <section aria-label="Categories"><h2>By category</h2>${renderCounts('category', options.labels.category)}</section>
      <section aria-label="Graders"><h2>By grader that failed a candidate</h2>${renderCounts('grader', options.graders)}</section>
      <section aria-label="Any queue"><h2>Any other queue</h2>${renderFilters(readQueueChoice(new URLSearchParams()), options)}</section>
      <p class="note">
        A decision is about the very text on the screen. The next build with this store emits what people accepted and
        withholds what they rejected, whatever graders say; this build stays as it is.
      </p>
    </main>`
  return renderShell({ place, title: `Audit of ${place.name}`, main })
}

function toNumber(value: number): string {
  return value.toLocaleString('en')
}

function renderQueue([query, words, why]: (typeof queues)[number]): Markup {
  return markup`<li><a href="/queue?${query}"><b>${words}</b></a> <span class="note">${toLine(why)}</span></li>`
}

function renderCounts(field: string, options: readonly LabelOption[]): Markup {
  if (options.length === 0) return markup`<p class="note">none</p>`
  return markup`<ul class="counts">${options.map(
    ({ value, rows }) =>
      markup`<li><a href="/queue?${new URLSearchParams({ [field]: value }).toString()}">${toLine(value, 60)}</a> <span class="number">${rows.toLocaleString('en')}</span></li>`,
  )}</ul>`
}
