import { decisionEffects, type DecisionEffect } from '../../decisions/decision-effects.ts'
import type { Chart, Section } from '../chart.ts'
import { formatShare } from '../numbers.ts'
import { plotBars } from '../plots/bars.ts'
import { palette, type Colour } from '../plots/palette.ts'
import type { GraderTrust, Report } from '../report-data.ts'
import { plotIntervals } from '../plots/intervals.ts'

export function describePeople(report: Report): Section {
  return {
    id: 'people',
    title: 'What people decided, and how far graders can be trusted',
    charts: [drawDecisions(report), drawTrust(report)],
  }
}

const effectTexts: Readonly<
  Record<DecisionEffect, { readonly name: string; readonly meaning: string; readonly colour: Colour }>
> = {
  emitted: { name: 'accepted', meaning: 'accepted by a person, and a row', colour: palette.green },
  withheld: { name: 'withheld', meaning: 'rejected by a person, and no row', colour: palette.orange },
  conflicting: { name: 'in conflict', meaning: 'auditors differ, so it is no row', colour: palette.purple },
  unusable: {
    name: 'accepted, no row',
    meaning: 'accepted by a person; another candidate of the prompt came first, or no row can hold the text',
    colour: palette.grey,
  },
  stale: {
    name: 'stale',
    meaning: 'the text that was judged is not in this build any more, its prompt is: nothing was done',
    colour: palette.grey,
  },
  absent: { name: 'absent', meaning: 'its prompt is not in this build: nothing was done', colour: palette.grey },
}

function drawDecisions({ run: { decisions }, rows: { people } }: Report): Chart {
  const total = decisionEffects.reduce((all, effect) => all + decisions[effect], 0)
  return {
    id: 'decisions',
    title: "What became of the auditors' decisions",
    caption: `People read candidates and may overrule graders; what they said goes before every grader. Each bar counts decided texts by what became of them in this build. Rows that people accepted: ${people.accepted}, of which ${people.acceptedAgainstGraders} had failed a grader or were not graded. Candidates that were kept out only because a person rejected them: ${people.withheld}.`,
    lookFor: 'Stale ones: the answer changed since a person judged it, so somebody should read it again.',
    key: [],
    plots:
      total === 0
        ? []
        : [
            {
              heading: null,
              label: `Decided texts: ${decisionEffects.map((effect) => `${effectTexts[effect].name} ${decisions[effect]}`).join(', ')}.`,
              spec: plotBars(
                decisionEffects.map((effect) => ({
                  name: effectTexts[effect].name,
                  value: decisions[effect],
                  text: String(decisions[effect]),
                  colour: effectTexts[effect].colour,
                })),
              ),
            },
          ],
    nothing: total === 0 ? 'Nobody has decided about a text of this build yet.' : null,
    table: {
      headings: ['effect', 'texts', 'meaning'],
      rows: decisionEffects.map((effect) => [effectTexts[effect].name, decisions[effect], effectTexts[effect].meaning]),
    },
  }
}

/** The row of one grader, from its calibration and from the decisions on this build's own rows. */
function drawTrust({ trust, rows: { graders, graderAgreement } }: Report): Chart {
  const byName = new Map((trust ?? []).map((one) => [one.grader, one.calibration]))
  const agreements = new Map(graderAgreement.map(({ grader, agreement }) => [grader, agreement]))
  const measured = [...byName].flatMap(([grader, calibration]) => {
    if (calibration === null || calibration.kappa === null) return []
    return [{ grader, kappa: calibration.kappa, hasChanged: calibration.hasChanged }]
  })
  const names = Object.keys(graders).filter(
    (name) => byName.has(name) || agreements.has(name) || graders[name]?.kind === 'judge',
  )
  return {
    id: 'trust',
    title: 'Trust in graders',
    caption:
      "Graders can be wrong. A calibration runs one over answers that people labelled. Its kappa is the agreement beyond chance: 1 is perfect, 0 is what guessing gets, and two people seldom reach more than 0.8 to 0.9 on such questions. The line is the 95% interval: a wide one means too few labels. Without a disagreement there is none to compute, which is no proof. A hollow dot is of a grader that has changed since, so its number is of another grader. The last columns compare each grader with the auditors' decisions on candidates of this build; auditors read what looks doubtful, so that share says where it was overruled, not how often it is wrong.",
    lookFor:
      'Judges that were never calibrated, that changed since, or whose interval reaches down to 0: what rests on them is a guess.',
    key: [],
    plots:
      measured.length === 0
        ? []
        : [
            {
              heading: 'kappa with people, with 95% interval',
              label: `Kappa: ${measured.map(({ grader, kappa, hasChanged }) => `${grader} ${kappa.value.toFixed(2)} (${describeInterval(kappa)})${hasChanged ? ', changed since' : ''}`).join('; ')}.`,
              spec: plotIntervals(
                measured.map(({ grader, kappa, hasChanged }) => ({ name: grader, ...kappa, isHollow: hasChanged })),
              ),
            },
          ],
    nothing:
      measured.length > 0
        ? null
        : 'No grader of this build has been compared with answers that people labelled, so nobody knows how often its graders are right.',
    isTableOpen: true,
    table: {
      headings: [
        'grader',
        'last calibrated',
        'labels',
        'examples',
        'kappa',
        '95% interval',
        'the grader since',
        'decided texts',
        'agrees with auditors',
      ],
      rows: names.map((name) => [
        name,
        ...describeCalibration(byName.get(name) ?? null),
        ...describeAgreement(agreements.get(name)),
      ]),
    },
  }
}

function describeCalibration(calibration: GraderTrust['calibration']): readonly (string | number)[] {
  if (calibration === null) return ['never', '', '', '', '', '']
  const { measuredAt, labels, graded, kappa, hasChanged } = calibration
  const numbers = kappa === null ? ['not computable', ''] : [kappa.value.toFixed(2), describeInterval(kappa)]
  return [measuredAt.slice(0, 10), labels, graded, ...numbers, hasChanged ? 'has changed' : 'is the same']
}

/** Above what rounding leaves of an interval without a width, below any that labels in a file can have. */
const noWidth = 1e-6

/** Where nobody disagreed the formula finds no spread, which must not read as certainty. */
function describeInterval({ low, high }: { readonly low: number; readonly high: number }): string {
  return high - low < noWidth ? 'none, no disagreement' : `${low.toFixed(2)} to ${high.toFixed(2)}`
}

type Agreement = Report['rows']['graderAgreement'][number]['agreement']

function describeAgreement(agreement: Agreement | undefined): readonly (string | number)[] {
  if (agreement === undefined) return [0, 'none']
  const { graded, examples, accuracy } = agreement
  const share = accuracy.value === null ? 'none' : formatShare(Math.round(accuracy.value * graded), graded)
  return [examples, share]
}
