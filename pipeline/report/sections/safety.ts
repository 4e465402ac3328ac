import { intents } from '../../records/prompt.ts'
import type { Chart, NumberTable, Section } from '../chart.ts'
import { formatMean, formatShare, nameOf } from '../numbers.ts'
import { plotBars } from '../plots/bars.ts'
import { palette, type Colour } from '../plots/palette.ts'
import { plotStackedBars } from '../plots/stacked-bars.ts'
import type { Report, SafetyCell } from '../report-data.ts'

const empty: SafetyCell = {
  candidates: 0,
  accepted: 0,
  graded: 0,
  safe: 0,
  safeHelpfulness: { count: 0, mean: null },
  unsafeSeverities: {},
}

type Group = readonly [name: string, cell: SafetyCell]

const scope =
  'Counted are all candidates that the safety judge graded, accepted or not: this is what the model wrote, before the build selected.'

/** The three charts that Yuan et al. 2025 (arXiv 2508.09224) compare models by. */
export function describeSafety({ rows }: Report): Section {
  const groups = intents.map((intent): Group => [intent, rows.byIntent[intent] ?? empty])
  return {
    id: 'safety',
    title: 'Safe and helpful, by intent',
    charts: [drawSafeShares(groups, rows), drawHelpfulness(groups), drawSeverities(groups)],
  }
}

function drawSafeShares(groups: readonly Group[], { byCategory }: Report['rows']): Chart {
  const graded = groups.filter(([, cell]) => cell.graded > 0)
  return {
    id: 'safe-share',
    title: 'How many answers are safe, by intent',
    caption: `Prompts are benign (no meaningful risk), dual use (a good use and a risk of misuse) or malicious (risk without a good use). A candidate is safe here if the judge found no violation of the policy in any of its votes, whatever threshold this build accepts at. ${scope}`,
    lookFor: 'The fall from benign to malicious: a long green bar in all three is the aim.',
    key: [
      { name: 'safe', colour: palette.green },
      { name: 'not safe', colour: palette.high },
    ],
    plots:
      graded.length === 0
        ? []
        : [
            {
              heading: null,
              label: `Share of safe candidates: ${graded.map(([name, { safe, graded: n }]) => `${nameOf(name)} ${safe} of ${n}`).join(', ')}.`,
              spec: plotStackedBars(
                groups.map(([name, { safe, graded: n }]) => ({
                  name,
                  parts: [
                    { count: safe, colour: palette.green },
                    { count: n - safe, colour: palette.high },
                  ],
                })),
              ),
            },
          ],
    nothing: graded.length === 0 ? 'The safety judge graded no candidate.' : null,
    table: listShares([
      ...groups.map(([name, cell]) => ['intent', name, cell] as const),
      ...Object.entries(byCategory).map(([name, cell]) => ['category', name, cell] as const),
    ]),
  }
}

function listShares(groups: readonly (readonly [kind: string, name: string, cell: SafetyCell])[]): NumberTable {
  return {
    headings: ['by', 'group', 'candidates', 'graded', 'safe', 'share safe', 'accepted'],
    rows: groups.map(([kind, name, { candidates, graded, safe, accepted }]) => [
      kind,
      nameOf(name),
      candidates,
      graded,
      safe,
      formatShare(safe, graded),
      accepted,
    ]),
  }
}

function drawHelpfulness(groups: readonly Group[]): Chart {
  const rated = groups.filter(([, { safeHelpfulness }]) => safeHelpfulness.count > 0)
  return {
    id: 'safe-helpfulness',
    title: 'How helpful the safe answers are, by intent',
    caption:
      'The mean rating of the safe candidates, from 1 (no help) to 4 (fully helpful), with the number of ratings. An answer is rated for the task itself and for what else serves the user, such as safe alternatives, and the better of the two counts. Candidates that an earlier judge stopped were not rated, so there can be fewer ratings than safe candidates.',
    lookFor:
      'A refusal that only refuses is safe and unhelpful: a low bar under malicious says that refusals leave people with nothing.',
    key: [],
    plots:
      rated.length === 0
        ? []
        : [
            {
              heading: null,
              label: `Mean helpfulness of safe candidates, 1 to 4: ${rated.map(([name, { safeHelpfulness: h }]) => `${nameOf(name)} ${formatMean(h.mean)} over ${h.count}`).join(', ')}.`,
              spec: plotBars(
                groups.map(
                  ([
                    name,
                    {
                      safeHelpfulness: { count, mean },
                    },
                  ]) => ({
                    name,
                    value: mean ?? 1,
                    text: mean === null ? 'none' : `${mean.toFixed(2)}, n = ${count}`,
                    colour: palette.blue,
                  }),
                ),
                { scale: { min: 1, max: 4 } },
              ),
            },
          ],
    nothing: rated.length === 0 ? 'No safe candidate was rated for helpfulness.' : null,
    table: {
      headings: ['intent', 'safe', 'of them rated', 'mean rating, 1 to 4'],
      rows: groups.map(([name, { safe, safeHelpfulness }]) => [
        nameOf(name),
        safe,
        safeHelpfulness.count,
        formatMean(safeHelpfulness.mean),
      ]),
    },
  }
}

/** In order of weight; a judge of another make may have labels of its own, which come after these. */
const severities = ['negligible', 'low', 'moderate', 'high']
const severityColours: Readonly<Record<string, Colour>> = {
  negligible: palette.mild,
  low: palette.low,
  moderate: palette.moderate,
  high: palette.high,
}

function colourOfSeverity(label: string): Colour {
  return severityColours[label] ?? palette.grey
}

function drawSeverities(groups: readonly Group[]): Chart {
  const found = new Set(groups.flatMap(([, cell]) => Object.keys(cell.unsafeSeverities)))
  const labels = [...severities, ...[...found].filter((label) => !severities.includes(label)).toSorted()]
  return {
    id: 'severity',
    title: 'How severe the unsafe answers are, by intent',
    caption: `Of the candidates that are not safe, how bad the worst vote found them: from negligible (a lapse of form) to high (it would materially help somebody to do serious harm). ${scope}`,
    lookFor:
      'Red: even where as many answers are unsafe, mild ones are better than severe ones. Bars are shares, so mind the number behind each: few unsafe answers make a jumpy mix.',
    key: labels.map((label) => ({ name: label, colour: colourOfSeverity(label) })),
    plots:
      found.size === 0
        ? []
        : [
            {
              heading: null,
              label: `Unsafe candidates by severity: ${groups.map(([name, cell]) => `${nameOf(name)}: ${describeCounts(cell.unsafeSeverities)}`).join('; ')}.`,
              spec: plotStackedBars(
                groups.map(([name, { unsafeSeverities }]) => ({
                  name,
                  parts: labels.map((label) => ({
                    count: unsafeSeverities[label] ?? 0,
                    colour: colourOfSeverity(label),
                  })),
                })),
              ),
            },
          ],
    nothing: found.size === 0 ? 'No graded candidate was unsafe.' : null,
    table: {
      headings: ['intent', 'not safe', ...labels],
      rows: groups.map(([name, { graded, safe, unsafeSeverities }]) => [
        nameOf(name),
        graded - safe,
        ...labels.map((label) => unsafeSeverities[label] ?? 0),
      ]),
    },
  }
}

function describeCounts(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([name, count]) => `${name} ${count}`)
  return parts.length === 0 ? 'none' : parts.join(', ')
}
