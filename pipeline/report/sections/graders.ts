import { ungradedReasons } from '../../records/verdict.ts'
import { responseModes } from '../../records/response-mode.ts'
import type { Chart, Section } from '../chart.ts'
import { formatCount, formatShare, nameOf } from '../numbers.ts'
import { countAt, sumRow, type Pairs } from '../pair-counter.ts'
import { plotBars } from '../plots/bars.ts'
import { plotHeatmap } from '../plots/heatmap.ts'
import { palette } from '../plots/palette.ts'
import { plotStackedBars } from '../plots/stacked-bars.ts'
import type { GraderTally, Report, RowFacts } from '../report-data.ts'

export function describeGraders({ rows, counts, settings }: Report): Section {
  return {
    id: 'graders',
    title: 'Where graders differ, and where they say nothing',
    charts: [
      drawVotes(rows),
      drawJudgedModes(rows.judgedModes, settings.requiresModeAgreement),
      drawReadings(rows.readAs, counts.accepted),
      drawFailedTogether(rows),
      drawUngraded(rows),
    ],
  }
}

const spans = [
  { key: 'agreed', name: 'all votes equal', colour: palette.blue },
  { key: 'upToThird', name: 'up to 1/3 apart', colour: palette.mild },
  { key: 'upToTwoThirds', name: 'up to 2/3 apart', colour: palette.low },
  { key: 'more', name: 'further apart', colour: palette.moderate },
] as const

export function countSpans({ voteSpans }: GraderTally): { readonly compared: number; readonly apart: number } {
  const apart = voteSpans.upToThird + voteSpans.upToTwoThirds + voteSpans.more
  return { compared: voteSpans.agreed + apart, apart }
}

function drawVotes({ graders }: RowFacts): Chart {
  const judges = Object.entries(graders).filter(([, { kind }]) => kind === 'judge')
  const voting = judges.filter(([, tally]) => countSpans(tally).compared > 0)
  return {
    id: 'votes',
    title: 'How far the votes of one judge lie apart',
    caption:
      'A judge that is asked several times about the same answer may not say the same each time. Each bar is one judge and all the candidates that it voted on more than once, by the distance between its highest and its lowest vote. The lowest vote counts, so votes apart make the build stricter. Judges with one vote have nothing to compare and are only in the table.',
    lookFor: 'A judge that often differs with itself: it guesses, because its policy text or its prompt leaves room.',
    key: spans.map(({ name, colour }) => ({ name, colour })),
    plots:
      voting.length === 0
        ? []
        : [
            {
              heading: null,
              label: `Votes apart: ${voting.map(([name, tally]) => `${name}: ${countSpans(tally).apart} of ${countSpans(tally).compared}`).join('; ')}.`,
              spec: plotStackedBars(
                voting.map(([name, { voteSpans }]) => ({
                  name,
                  parts: spans.map(({ key, colour }) => ({ count: voteSpans[key], colour })),
                })),
              ),
            },
          ],
    nothing: voting.length === 0 ? 'No candidate got two votes of one judge, so there is nothing to compare.' : null,
    table: {
      headings: ['judge', 'one vote', ...spans.map(({ name }) => name)],
      rows: judges.map(([name, { voteSpans }]) => [name, voteSpans.single, ...spans.map(({ key }) => voteSpans[key])]),
    },
  }
}

/** Rows of the grids of modes, short so that the columns have room; the tables have the whole names. */
const rowNames = ['direct answer', 'safe completion', 'refusal']

function drawJudgedModes(judged: Pairs, isRequired: boolean): Chart {
  const seen = [...responseModes, 'ungraded']
  const cells = responseModes.map((declared) => seen.map((mode) => countAt(judged, declared, mode)))
  const total = cells.flat().reduce((all, count) => all + count, 0)
  return {
    id: 'judged-modes',
    title: 'The mode that a candidate declares, and the mode that a judge sees',
    caption: `Rows: what the writing model said that its answer is. Columns: what the mode judge saw, who reads the answer and is not told. Blue, on the diagonal, both say the same. Orange cells are answers that are not what they claim to be${isRequired ? ', and they are not accepted' : '; this build accepts them all the same'}. The last column has answers on which the judge gave no verdict.`,
    lookFor: 'One strong orange cell: writer and judge read one of the modes differently.',
    key: [
      { name: 'the same', colour: palette.blue },
      { name: 'another', colour: palette.orange },
    ],
    plots:
      total === 0
        ? []
        : [
            {
              heading: null,
              label: `Declared, then judged: ${responseModes.map((mode, n) => `${nameOf(mode)}: ${seen.map((other, m) => `${nameOf(other)} ${cells[n]?.[m] ?? 0}`).join(', ')}`).join('; ')}.`,
              spec: plotHeatmap(rowNames, cells, {
                columnLabels: ['direct|answer', 'safe|compl.', 'refusal', 'no|verdict'],
                columnTitle: 'the judge saw',
                colourOf: (row, column) =>
                  row === column ? palette.blue : column < responseModes.length ? palette.orange : palette.grey,
              }),
            },
          ],
    nothing: total === 0 ? 'No mode judge was asked.' : null,
    table: {
      headings: ['declared', ...seen.map((mode) => `judged ${nameOf(mode)}`)],
      rows: responseModes.map((mode, n) => [nameOf(mode), ...(cells[n] ?? [])]),
    },
  }
}

const readings = ['full_compliance', 'partial_refusal', 'full_refusal']

function drawReadings(readAs: Pairs, accepted: number): Chart {
  const cells = responseModes.map((mode) => readings.map((label) => countAt(readAs, mode, label)))
  const total = cells.flat().reduce((all, count) => all + count, 0)
  return {
    id: 'read-as',
    title: 'What plain rules see in the accepted answers',
    caption: `A reading of ${total === accepted ? 'all accepted answers' : `${formatCount(total)} of the ${formatCount(accepted)} accepted answers, chosen by chance,`} by rules, with no model: does the text comply, refuse in part, or refuse? Rows: the declared mode. A direct answer should read as compliance, and a refusal with redirection mostly as a refusal, in part where it also helps. A safe completion may read as either, by how openly it says what it leaves out. This is a second opinion that shares no weakness with the judges, and it decides nothing.`,
    lookFor:
      'Numbers in a cell that should be empty, such as direct answers that read as refusals: read some of those rows.',
    key: [],
    plots:
      total === 0
        ? []
        : [
            {
              heading: null,
              label: `Declared mode, then reading: ${responseModes.map((mode, n) => `${nameOf(mode)}: ${readings.map((label, m) => `${nameOf(label)} ${cells[n]?.[m] ?? 0}`).join(', ')}`).join('; ')}.`,
              spec: plotHeatmap(rowNames, cells, {
                columnLabels: ['complies', 'refuses|in part', 'refuses'],
                columnTitle: 'the rules read',
                colourOf: () => palette.purple,
              }),
            },
          ],
    nothing: total === 0 ? 'No row was accepted.' : null,
    table: {
      headings: ['declared', ...readings.map(nameOf)],
      rows: responseModes.map((mode, n) => [nameOf(mode), ...(cells[n] ?? [])]),
    },
  }
}

function drawFailedTogether({ graders, failedTogether }: RowFacts): Chart {
  const known = Object.keys(graders)
  const names = [
    ...known.filter((name) => name in failedTogether),
    ...Object.keys(failedTogether).filter((name) => !known.includes(name)),
  ]
  const cells = names.map((one) => names.map((other) => countAt(failedTogether, one, other)))
  return {
    id: 'failed-together',
    title: 'Which graders fail the same candidates',
    caption:
      'On the diagonal: how many candidates a grader failed, or could not grade. Elsewhere: how many two graders failed both. A candidate that fails a rule or that a judge stops is shown to no later judge, so pairs of judges are counted low. The columns have the same order as the rows and go by their numbers. Graders that failed nothing are left out.',
    lookFor: 'A pair that nearly always fails together: the two may measure one thing twice.',
    key: [
      { name: 'failed by the grader', colour: palette.blue },
      { name: 'failed by both', colour: palette.orange },
    ],
    plots:
      names.length === 0
        ? []
        : [
            {
              heading: null,
              label: `Failed candidates: ${names.map((name, n) => `${name} ${cells[n]?.[n] ?? 0}`).join(', ')}. The table has the pairs.`,
              spec: plotHeatmap(
                names.map((name, n) => `${n + 1} ${name}`),
                cells,
                {
                  columnLabels: names.map((_, n) => String(n + 1)),
                  colourOf: (row, column) => (row === column ? palette.blue : palette.orange),
                },
              ),
            },
          ],
    nothing: names.length === 0 ? 'No candidate failed a grader.' : null,
    table: { headings: ['', ...names], rows: names.map((name, n) => [name, ...(cells[n] ?? [])]) },
  }
}

function drawUngraded({ graders }: RowFacts): Chart {
  const judges = Object.entries(graders).filter(([, { kind }]) => kind === 'judge')
  const found = judges.flatMap(([name, { ungraded }]) =>
    Object.entries(ungraded).map(([reason, count]) => ({ name, reason, count })),
  )
  const listed = [...new Set([...ungradedReasons, ...found.map(({ reason }) => reason)])]
  return {
    id: 'ungraded',
    title: 'Candidates that a judge gave no verdict on',
    caption:
      'A judge may refuse, be cut off, or send something that is no verdict. Such a candidate is ungraded: it is neither good nor bad, it has no score in any chart here, and it is not accepted. Each bar is one judge and one reason.',
    lookFor:
      'Many of one judge: it is broken, and the build says less than it seems to. Below a set coverage it is held back.',
    key: [],
    plots:
      found.length === 0
        ? []
        : [
            {
              heading: null,
              label: `Ungraded candidates: ${found.map(({ name, reason, count }) => `${name} ${nameOf(reason)} ${count}`).join(', ')}.`,
              spec: plotBars(
                found.map(({ name, reason, count }) => ({
                  name: `${name}: ${reason}`,
                  value: count,
                  text: String(count),
                  colour: palette.orange,
                })),
              ),
            },
          ],
    nothing: found.length === 0 ? 'Every judge gave a verdict on every candidate that it was asked about.' : null,
    table: {
      headings: ['judge', 'graded', 'ungraded', 'share ungraded', ...listed.map(nameOf)],
      rows: judges.map(([name, { graded, ungraded }]) => {
        const missing = sumRow(ungraded)
        return [
          name,
          graded,
          missing,
          formatShare(missing, graded + missing),
          ...listed.map((reason) => ungraded[reason] ?? 0),
        ]
      }),
    },
  }
}
