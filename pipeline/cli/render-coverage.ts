import { keyOf, type CountedCell, type Coverage, type Dimension } from '../coverage/coverage.ts'
import type { Remedy, ThinCell, Thinness } from '../coverage/find-thin-cells.ts'
import { showOnOneLine } from '../display/visible-text.ts'
import { formatNumber } from './render-spend.ts'
import { renderTable } from './render-table.ts'

/** Lines of the list of thin cells, and of what to add; all are in the JSON. */
const shownCells = 40

export type ShownCoverage = {
  readonly title: string
  readonly coverage: Coverage
  readonly rejected: Readonly<Record<string, number>>
  readonly thinness: Thinness
  readonly by: readonly Dimension[]
  readonly min: number
}

/** What there is of each kind, for a person: a line a category, language and number of turns, a column an intent. */
export function renderCoverage({ title, coverage, rejected, thinness, by, min }: ShownCoverage): string {
  const { prompts, language } = coverage
  const left = Object.entries(rejected).map(([code, count]) => `${showOnOneLine(code)} ${count}`)
  return [
    `coverage of ${showOnOneLine(title)}: ${formatNumber(prompts)} prompts${left.length > 0 ? `; left out: ${left.join(', ')}` : ''}`,
    ...(language.detected + language.unknown > 0
      ? [`language told by the text for ${language.detected} prompts, and not for ${language.unknown}`]
      : []),
    '',
    ...renderTable(toRows(coverage)),
    '',
    ...renderThin(thinness, by, min),
  ].join('\n')
}

function toRows({ cells, expected, prompts }: Coverage): string[][] {
  const lines = ['category', 'language', 'turns'] as const
  const others = [...new Set(cells.map(({ intent }) => intent))].filter((intent) => !expected.intent.includes(intent))
  const columns = [...expected.intent, ...others]
  const countIntents = (group: readonly CountedCell[]): string[] =>
    columns.map((intent) => formatNumber(sumOf(group.filter((cell) => cell.intent === intent))))
  const groups = [...Map.groupBy(cells, (cell) => keyOf(cell, lines))].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const rows = groups.map(([, group]) => {
    const labels = lines.map((dimension) => showOnOneLine(group[0]?.[dimension] ?? ''))
    return [...labels, ...countIntents(group), formatNumber(sumOf(group))]
  })
  return [
    [...lines, ...columns.map(showOnOneLine), 'all'],
    ...rows,
    ['all', '', '', ...countIntents(cells), formatNumber(prompts)],
  ]
}

function sumOf(cells: readonly CountedCell[]): number {
  return cells.reduce((sum, { count }) => sum + count, 0)
}

function renderThin({ cells, thin, remedies }: Thinness, by: readonly Dimension[], min: number): string[] {
  const kinds = by.join(' x ')
  if (thin.length === 0) return [`all ${cells} kinds (${kinds}) have ${min} prompts or more`]
  const more = (all: readonly unknown[]): string[] =>
    all.length > shownCells ? [`  and ${all.length - shownCells} more; --json has them all`] : []
  return [
    `thin: ${thin.length} of ${cells} kinds (${kinds}) have fewer than ${min} prompts`,
    ...thin.slice(0, shownCells).map((cell) => `  ${describeCell(cell, by)}: ${cell.count}, add ${cell.missing}`),
    ...more(thin),
    ...(remedies.length === 0
      ? []
      : [
          'to fill those of one turn with `prompts synthesize`, if everything is accepted:',
          ...remedies.slice(0, shownCells).map(describeRemedy),
          ...more(remedies),
        ]),
  ]
}

function describeCell(cell: ThinCell, by: readonly Dimension[]): string {
  return by
    .map((dimension) => {
      const value = showOnOneLine(cell[dimension] ?? '')
      return dimension === 'turns' ? `${value} ${value === '1' ? 'turn' : 'turns'}` : value
    })
    .join(' · ')
}

function describeRemedy({ category, languages, families }: Remedy): string {
  const names = languages.map(showOnOneLine).join(', ')
  return `  ${showOnOneLine(category)}: ${families} ${families === 1 ? 'family' : 'families'} of all intents, in ${names}`
}
