import { showOnOneLine, showUnseen } from '../display/visible-text.ts'
import type { Agreement, Calibration, Disagreement, Figure } from '../records/calibration.ts'
import { renderKappa } from './render-kappa.ts'
import { renderTable } from './render-table.ts'

/** So much of a prompt or an answer is shown; `--json` has more. */
const shown = { lines: 6, columns: 110 } as const
/** Slices of one field that are shown, those with most examples. */
const shownValues = 20

const partNames = { dev: 'the part dev', 'held-out': 'the held-out part', all: 'all examples' } as const

/** A calibration for a person at a terminal who need not have heard of kappa. */
export function renderCalibration(calibration: Calibration): string {
  const { grader, version, labels, part, agreement, graderDigest } = calibration
  return [
    `${grader} (version ${version}, digest ${graderDigest.slice(0, 12)}) and people's labels "${labels.name}", ${partNames[part]}`,
    '',
    ...renderFigures(calibration),
    ...section('Rows: what people said. Columns: what the grader said.', renderMatrix(agreement)),
    ...section('By class', renderClasses(agreement)),
    ...renderSlices(calibration.slices),
    ...renderDisagreements(calibration),
  ].join('\n')
}

/** Earlier calibrations, oldest first. */
export function renderCalibrations(calibrations: readonly Calibration[]): string {
  if (calibrations.length === 0) return 'no calibration is kept here'
  const rows = calibrations.map(({ grader, measuredAt, labels, part, graderDigest, agreement }) => [
    showOnOneLine(grader),
    measuredAt.slice(0, 16).replace('T', ' '),
    labels.name,
    part,
    graderDigest.slice(0, 12),
    String(agreement.examples),
    String(agreement.examples - agreement.graded),
    renderFigure(agreement.accuracy),
    renderKappa(agreement.kappa, 3),
  ])
  const headings = ['grader', 'measured', 'labels', 'part', 'digest', 'examples', 'ungraded', 'accuracy', 'kappa']
  return renderTable([headings, ...rows]).join('\n')
}

function renderFigures({ counts, agreement }: Calibration): string[] {
  const { examples, graded, coverage, accuracy, kappa, weighted } = agreement
  const ignored = listCounts(counts.ignored)
  const ungraded = listCounts(counts.ungraded)
  const disagreements = countDisagreements(agreement)
  return [
    `examples    ${examples} of ${counts.read} read${ignored === '' ? '' : `; ignored: ${ignored}`}`,
    ...(counts.copies > 0
      ? [`            ${counts.copies} are copies, so the interval is narrower than it should be`]
      : []),
    `graded      ${graded}, coverage ${renderFigure(coverage)}${ungraded === '' ? '' : `; ungraded: ${ungraded}`}`,
    `accuracy    ${renderFigure(accuracy)} of the graded ones; ${disagreements} ${disagreements === 1 ? 'disagreement' : 'disagreements'}`,
    `kappa       ${renderKappa(kappa, 3)}${kappa.value === null ? ` (${kappa.reason})` : ''}`,
    "            Cohen's kappa is agreement beyond chance: 1 is full agreement, 0 is what guessing in the same",
    '            proportions would reach. Brackets: 95 % interval.',
    ...(disagreements === 0 && graded > 0
      ? [
          `            Without a disagreement there is no interval to compute; with ${graded} examples that is no proof.`,
        ]
      : []),
    ...(weighted === null
      ? []
      : [
          `weighted    linear ${renderKappa(weighted.linear, 3)}, quadratic ${renderKappa(weighted.quadratic, 3)}`,
          '            The same where a near miss in the order of the classes counts less than a far one.',
        ]),
  ]
}

function listCounts(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${showOnOneLine(name) || '(empty)'} ${count}`)
    .join(', ')
}

function renderMatrix({ classes, matrix, ungraded }: Agreement): string[] {
  const names = classes.map(showOnOneLine)
  return renderTable([
    ['', ...names, 'ungraded'],
    ...names.map((name, n) => [name, ...(matrix[n] ?? []).map(String), String(ungraded[n] ?? 0)]),
  ])
}

function renderClasses({ perClass }: Agreement): string[] {
  return renderTable([
    ['', 'examples', 'precision', 'recall', 'F1'],
    ...perClass.map((one) => [
      showOnOneLine(one.class),
      String(one.support),
      ...[one.precision, one.recall, one.f1].map(renderFigure),
    ]),
  ])
}

function renderSlices(slices: Calibration['slices']): string[] {
  return [...Map.groupBy(slices, ({ field }) => field)].flatMap(([field, values]) => {
    const rows = values
      .slice(0, shownValues)
      .map(({ value, agreement }) => [
        showOnOneLine(value).slice(0, 40),
        String(agreement.examples),
        String(agreement.examples - agreement.graded),
        renderFigure(agreement.accuracy),
        renderKappa(agreement.kappa, 3),
      ])
    const more = values.length > shownValues ? [`and ${values.length - shownValues} more`] : []
    const table = renderTable([['', 'examples', 'ungraded', 'accuracy', 'kappa'], ...rows])
    return section(`By ${showOnOneLine(field)}`, [...table, ...more])
  })
}

/** With `--worst 0` there are disagreements, and none to read: a part that is held out should not be read. */
function renderDisagreements({ disagreements, agreement }: Calibration): string[] {
  const isHidden = disagreements.length === 0 && countDisagreements(agreement) > 0
  return isHidden ? [] : section('Worst disagreements', disagreements.flatMap(renderDisagreement))
}

function countDisagreements({ graded, matrix }: Agreement): number {
  return graded - matrix.reduce((hits, row, n) => hits + (row[n] ?? 0), 0)
}

function renderDisagreement(one: Disagreement, n: number): string[] {
  const { location, human, grader, rationale, evidence, prompt, answer } = one
  return [
    `${n + 1}. people: ${showOnOneLine(human)}, grader: ${showOnOneLine(grader)}  (${showOnOneLine(location)})`,
    ...renderBlock('why', [rationale, ...evidence].filter((text) => text !== '').join('\n')),
    ...renderBlock('prompt', prompt),
    ...renderBlock('answer', answer),
    '',
  ]
}

/** A text from outside, each line behind a bar, so that none can pass for a line of ours. */
function renderBlock(title: string, text: string): string[] {
  if (text === '') return []
  const lines = showUnseen(text).split('\n')
  const cut = lines
    .slice(0, shown.lines)
    .map((line) => (line.length > shown.columns ? `${line.slice(0, shown.columns)}...` : line))
  const more = lines.length > shown.lines ? [`   | ... ${lines.length - shown.lines} more lines`] : []
  return [`   ${title}`, ...cut.map((line) => `   | ${line}`), ...more]
}

function section(title: string, lines: readonly string[]): string[] {
  return ['', title, ...(lines.length === 0 ? ['  none'] : lines.map((line) => `  ${line}`.trimEnd()))]
}

function renderFigure({ value }: Figure): string {
  return value === null ? '-' : value.toFixed(3)
}
