import { join } from 'node:path'
import type { BuildDiff } from './diff-builds.ts'
import type { InputDifference, InputDifferences } from './diff-inputs.ts'
import { describeCauses, describeChanges, listShifts, type Finding } from './describe-diff.ts'
import { renderTable, type Cell } from '../display/html-table.ts'
import { renderPage } from '../display/html-page.ts'
import { markup, type Markup } from '../display/html.ts'
import { renderGroups, renderMatrix, renderShifts } from './page-tables.ts'
import { renderMover } from './render-mover.ts'

/** The comparison as a self-contained page; texts of prompts and answers are folded. */
export async function renderDiffPage(diff: BuildDiff): Promise<string> {
  const { a, b, prompts, inputs, clauses, movers } = diff
  const body = markup`<h1>What changed between two builds</h1>
        ${renderTable(['', 'name', 'build', 'made', 'folder'], [nameBuild('A', a), nameBuild('B', b)])}
        <h2>Inputs that differ</h2>
        ${renderInputs(inputs)}
        <h2>What became of the ${prompts} prompts</h2>
        ${renderFindings(describeChanges(diff))}
        <h2>Why</h2>
        <p class="note">
          A prompt with several causes is counted once, under all of them. What the answer was asked with (labels, spec,
          template, model) goes before what happened to it afterwards.
        </p>
        ${renderFindings(describeCauses(diff))}
        <h2>Moves of response mode</h2>
        <p class="note">
          Down: in A. Across: in B. Every prompt stands in one cell. "no row": every candidate, or the prompt itself,
          was rejected.
        </p>
        ${renderMatrix(diff.overall)}
        <h2>By category</h2>
        ${renderGroups(diff.categories)}
        <h2>By intent</h2>
        ${renderGroups(diff.intents)}
        <h2>Shifts</h2>
        <p class="note">
          Means stand with the number of values behind them. "Candidates" are all that the safety judge graded, accepted
          or not.
        </p>
        ${renderShifts(listShifts(diff))}
        <h2>Clauses cited by more or fewer rows</h2>
        ${renderClauses(clauses)}
        <h2>Farthest moved</h2>
        <p class="note">
          By reward, then by mode. The texts are folded: prompts and rejected answers can be disturbing.
        </p>
        ${movers.length === 0 ? nothing : movers.map(renderMover)}`
  return await renderPage(
    `${a.name} ${a.buildId} and ${b.name} ${b.buildId}`,
    join(import.meta.dirname, 'page.css'),
    body,
  )
}

const nothing = markup`<p class="note">none</p>`

function nameBuild(side: string, { name, buildId, createdAt, folder }: BuildDiff['a']): readonly Cell[] {
  return [side, name, markup`<code>${buildId}</code>`, createdAt, markup`<code>${folder}</code>`]
}

function renderInputs(inputs: InputDifferences): Markup {
  const rows = Object.entries(inputs).flatMap(([kind, differences]) =>
    differences.map(({ name, a, b }) => [kind, markup`<code>${name}</code>`, renderValue(a), renderValue(b)]),
  )
  return rows.length === 0 ? nothing : renderTable(['kind', 'what', 'A', 'B'], rows)
}

function renderValue(value: InputDifference['a']): Markup {
  const text = value === null ? 'none' : typeof value === 'string' ? value : JSON.stringify(value)
  return /^[0-9a-f]{64}$/.test(text)
    ? markup`<code title="${text}">${text.slice(0, 12)}</code>`
    : markup`<code>${text}</code>`
}

function renderFindings(findings: readonly Finding[]): Markup {
  if (findings.length === 0) return nothing
  return renderTable(
    ['prompts', '', ''],
    findings.map(({ count, title, detail }) => [count, title, detail]),
  )
}

function renderClauses(clauses: BuildDiff['clauses']): Markup {
  if (clauses.length === 0) return nothing
  return renderTable(
    ['clause', 'rows in A', 'rows in B'],
    clauses.map(({ clause, a, b }) => [markup`<code>${clause}</code>`, a, b]),
  )
}
