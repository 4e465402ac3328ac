import type { BuildDiff } from './diff-builds.ts'
import type { InputDifference } from './diff-inputs.ts'
import {
  describeCauses,
  describeChanges,
  describeMove,
  describeMoves,
  listShifts,
  renderMean,
  renderShare,
  stateNames,
  type Finding,
} from './describe-diff.ts'
import type { ChangedPrompt, Side } from './movers.ts'
import { states } from './outcome.ts'
import type { Group } from './tally-group.ts'
import { showOnOneLine, showUnseen } from '../display/visible-text.ts'

/** So many lines and characters of a prompt or an answer are shown; the JSON and the page have them whole. */
const shown = { lines: 4, columns: 110 } as const
const shownClauses = 8
const shownMoves = 4

/** A comparison for a terminal, with every text from prompts and models made harmless. */
export function renderDiffText(diff: BuildDiff): string {
  return [
    ...renderHead(diff),
    ...section('Inputs that differ', renderInputs(diff)),
    ...section(`What became of the ${diff.prompts} prompts`, describeChanges(diff).map(renderFinding)),
    ...section('Why', describeCauses(diff).map(renderFinding)),
    ...section('Moves of response mode (down: in A; across: in B)', renderMatrix(diff.overall)),
    ...section('By category', renderGroups(diff.categories)),
    ...section('By intent', renderGroups(diff.intents)),
    ...section('Shifts (means with the number of values)', renderTable([['', 'A', 'B', 'B - A'], ...listShifts(diff)])),
    ...section('Clauses cited by more or fewer rows', renderClauses(diff)),
    ...section('Farthest moved (by reward, then by mode)', diff.movers.flatMap(renderMover)),
  ].join('\n')
}

function renderHead({ a, b }: BuildDiff): string[] {
  return renderTable([
    ['A', a.name, a.buildId, a.createdAt, a.folder],
    ['B', b.name, b.buildId, b.createdAt, b.folder],
  ])
}

function section(title: string, lines: readonly string[]): string[] {
  return ['', title, ...(lines.length === 0 ? ['  none'] : lines.map((line) => `  ${line}`.trimEnd()))]
}

function renderInputs({ inputs }: BuildDiff): string[] {
  return Object.entries(inputs).flatMap(([kind, differences]) => {
    if (kind !== 'config' && kind !== 'specSet' && differences.length > 3) {
      return [
        `${kind.padEnd(10)} ${differences.length} differ: ${differences.map(({ name }) => showOnOneLine(name)).join(', ')}`,
      ]
    }
    return differences.map((one) => `${kind.padEnd(10)} ${renderInput(one)}`)
  })
}

function renderInput({ name, a, b }: InputDifference): string {
  return `${showOnOneLine(name)}: ${renderValue(a)} -> ${renderValue(b)}`
}

/** Digests and long values are cut: their names say what differs. */
function renderValue(value: InputDifference['a']): string {
  if (value === null) return 'none'
  const text = showOnOneLine(typeof value === 'string' ? value : JSON.stringify(value))
  if (/^[0-9a-f]{64}$/.test(text)) return text.slice(0, 12)
  return text.length > 60 ? `${text.slice(0, 60)}...` : text
}

function renderFinding({ count, title, detail }: Finding): string {
  return `${String(count).padStart(6)}  ${title.padEnd(10)}  ${detail}`
}

function renderMatrix({ moves }: Group): string[] {
  const headings = ['', ...states.map((state) => stateNames[state])]
  return renderTable([
    headings,
    ...states.map((from) => [
      stateNames[from],
      ...states.map((to) => (moves[from][to] === 0 ? '.' : String(moves[from][to]))),
    ]),
  ])
}

function renderGroups(groups: Readonly<Record<string, Group>>): string[] {
  const rows = Object.entries(groups).map(([name, { prompts, a, b, moves }]) => [
    name,
    String(prompts),
    `${renderShare(a.accepted, a.prompts)} -> ${renderShare(b.accepted, b.prompts)}`,
    `${renderMean(a.reward, 2)} -> ${renderMean(b.reward, 2)}`,
    renderMoves(moves),
  ])
  return renderTable([['', 'prompts', 'acceptance', 'reward of rows', 'moves'], ...rows])
}

function renderMoves(moves: Group['moves']): string {
  const all = describeMoves(moves)
  const more = all.length > shownMoves ? [`and ${all.length - shownMoves} more`] : []
  return [...all.slice(0, shownMoves), ...more].join(', ')
}

function renderClauses({ clauses }: BuildDiff): string[] {
  const lines = clauses.slice(0, shownClauses).map(({ clause, a, b }) => `${showOnOneLine(clause)}: ${a} -> ${b} rows`)
  return clauses.length > shownClauses ? [...lines, `and ${clauses.length - shownClauses} more`] : lines
}

function renderMover(mover: ChangedPrompt): string[] {
  const { promptId, category, intent, causes, prompt } = mover
  const labels = [category ?? 'no category', intent ?? 'no intent'].map(showOnOneLine).join(', ')
  return [
    `${promptId}  ${describeMove(mover)}  (${labels}; why: ${causes.join(' + ')})`,
    ...renderBlock('prompt', prompt.at(-1)?.content ?? ''),
    ...renderSide('A', mover.a),
    ...renderSide('B', mover.b),
    '',
  ]
}

function renderSide(name: string, side: Side): string[] {
  switch (side.status) {
    case 'absent':
      return [`  ${name}  not in this build`]
    case 'accepted':
      return renderBlock(`${name} ${stateNames[side.mode]}, reward ${side.reward?.toFixed(2) ?? '-'}`, side.answer)
    case 'rejected': {
      const [best] = side.rejected
      const codes = side.rejected.map(({ stage, code }) => `${stage}/${code}`).join(', ')
      const detail = best === undefined ? '' : `: ${showOnOneLine(best.detail)}`
      const mode = best === undefined || best.mode === null ? '' : `, best candidate ${stateNames[best.mode]}`
      return renderBlock(`${name} no row (${codes}${mode})${detail}`, best?.answer ?? '')
    }
  }
}

/** A text from outside, each line behind a bar, so that none can pass for a line of ours. */
function renderBlock(title: string, text: string): string[] {
  const lines = showUnseen(text).split('\n')
  const cut = lines
    .slice(0, shown.lines)
    .map((line) => (line.length > shown.columns ? `${line.slice(0, shown.columns)}...` : line))
  const more = lines.length - cut.length
  return [
    `  ${title}`,
    ...(text === '' ? [] : cut.map((line) => `  | ${line}`)),
    ...(more > 0 ? [`  | ... ${more} more lines`] : []),
  ]
}

/** Each cell on one line, whoever named it. */
function renderTable(texts: readonly (readonly string[])[]): string[] {
  const rows = texts.map((row) => row.map(showOnOneLine))
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
