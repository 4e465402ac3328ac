import type { Chart, Section } from '../chart.ts'
import { formatCount, formatMs, formatShort, formatUsd } from '../numbers.ts'
import { plotBars } from '../plots/bars.ts'
import { palette } from '../plots/palette.ts'
import type { Report, StepSpend } from '../report-data.ts'

type Spend = StepSpend['build']
type Steps = readonly (readonly [step: string, spend: StepSpend])[]

export function describeSpend({ run }: Report): Section {
  const steps = Object.entries(run.steps)
  return {
    id: 'spend',
    title: 'What it took',
    charts: [drawTokens(steps), drawCost(steps, run), drawTime(steps, run)],
  }
}

/** What is not known is said, and never counted as nothing. */
export function describeCost({ answers, costUsd, withoutPrice, withoutUsage }: Spend): string {
  if (answers === 0) return formatUsd(0)
  if (withoutPrice === answers) return 'unknown (no known price)'
  const gaps = [
    ...(withoutPrice > 0 ? [`${formatCount(withoutPrice)} answers without a price`] : []),
    ...(withoutUsage > 0 ? [`${formatCount(withoutUsage)} answers without token counts`] : []),
  ]
  return gaps.length === 0 ? formatUsd(costUsd) : `${formatUsd(costUsd)} and ${gaps.join(', ')}`
}

function describeTokens({ answers, withoutUsage, promptTokens, completionTokens }: Spend): string {
  if (answers > 0 && withoutUsage === answers) return 'unknown (the server reports none)'
  const counted = `${formatCount(promptTokens)} in, ${formatCount(completionTokens)} out`
  return withoutUsage === 0 ? counted : `${counted}, and ${formatCount(withoutUsage)} answers without counts`
}

function drawTokens(steps: Steps): Chart {
  const known = steps.filter(([, { build }]) => build.promptTokens + build.completionTokens > 0)
  return {
    id: 'tokens',
    title: 'Tokens behind this build, by step',
    caption:
      'Tokens that models read and wrote for the answers that this build rests on, whichever run paid for them. Judges read long policies and write little, the generator writes. A step named grade:name is a judge.',
    lookFor: 'The step worth making cheaper: by a smaller model, fewer votes, or an earlier judge that stops more.',
    key: [
      { name: 'read', colour: palette.blue },
      { name: 'written', colour: palette.orange },
    ],
    plots:
      known.length === 0
        ? []
        : [
            {
              heading: 'all tokens',
              label: `Tokens: ${known.map(([step, { build }]) => `${step} ${describeTokens(build)}`).join('; ')}.`,
              spec: plotBars(
                known.map(([step, { build }]) => {
                  const tokens = build.promptTokens + build.completionTokens
                  return { name: step, value: tokens, text: formatShort(tokens), colour: palette.blue }
                }),
              ),
            },
            {
              heading: 'written tokens',
              label: `Written tokens: ${known.map(([step, { build }]) => `${step} ${build.completionTokens}`).join('; ')}.`,
              spec: plotBars(
                known.map(([step, { build }]) => ({
                  name: step,
                  value: build.completionTokens,
                  text: formatShort(build.completionTokens),
                  colour: palette.orange,
                })),
              ),
            },
          ],
    nothing:
      known.length > 0 ? null : steps.length === 0 ? 'No model was asked.' : 'The server reported no token counts.',
    table: {
      headings: ['step', 'answers', 'tokens', 'without counts'],
      rows: steps.map(([step, { build }]) => [step, build.answers, describeTokens(build), build.withoutUsage]),
    },
  }
}

function drawCost(steps: Steps, { total }: Report['run']): Chart {
  const priced = steps.filter(([, { build }]) => build.withoutPrice < build.answers)
  return {
    id: 'cost',
    title: 'Cost of this build, by step',
    caption: `US dollars at the known prices, for all answers behind the build; the table has what this run paid itself. An answer that was stored by an earlier run is free now and counted here. In all: ${describeCost(total.build)}. Paid in this run: ${describeCost(total.run)}.`,
    lookFor: 'What is unknown: an answer without a price or without token counts is in no bar.',
    key: [],
    plots:
      priced.length === 0
        ? []
        : [
            {
              heading: null,
              label: `Cost: ${priced.map(([step, { build }]) => `${step} ${describeCost(build)}`).join('; ')}.`,
              spec: plotBars(
                priced.map(([step, { build }]) => ({
                  name: step,
                  value: build.costUsd,
                  text:
                    build.withoutPrice + build.withoutUsage > 0
                      ? `${formatUsd(build.costUsd)} +?`
                      : formatUsd(build.costUsd),
                  colour: palette.green,
                })),
              ),
            },
          ],
    nothing:
      priced.length > 0
        ? null
        : steps.length === 0
          ? 'No model was asked.'
          : 'No price is known for these models, so the cost is not known either.',
    table: {
      headings: ['step', 'cost of the build', 'paid in this run', 'reused answers', 'sent in this run'],
      rows: [...steps, ['all steps', total] as const].map(([step, { build, run, reused }]) => [
        step,
        describeCost(build),
        describeCost(run),
        reused,
        run.answers,
      ]),
    },
  }
}

function drawTime(steps: Steps, { phases, total }: Report['run']): Chart {
  const waited = steps.filter(([, { run }]) => run.answers > 0)
  const sent = total.run.answers
  const clock = [
    ['collect and screen', phases.collectMs],
    ['answer', phases.answerMs],
    ['write', phases.writeMs],
  ] as const
  return {
    id: 'time',
    title: 'Where the time of this run went',
    caption: `By the clock: reading and screening the prompts, then answering (classify, write, grade and select, all at once), then writing files up to this page. ${sent === 0 ? 'This run sent no request: every answer was stored already.' : `The second chart adds up how long each of the ${formatCount(sent)} requests of this run waited for its answer. Requests wait side by side, so the sum can be far above the time that passed; divided by the clock time it says how many were under way at once.`}`,
    lookFor:
      'A step that waits far longer a request than the others: a slower model, long answers, or a server at its limit.',
    key: [],
    plots: [
      {
        heading: 'by the clock',
        label: `Time: ${clock.map(([name, ms]) => `${name} ${formatMs(ms)}`).join(', ')}.`,
        spec: plotBars(clock.map(([name, ms]) => ({ name, value: ms, text: formatMs(ms), colour: palette.purple }))),
      },
      ...(waited.length === 0
        ? []
        : [
            {
              heading: 'waiting for answers, added up',
              label: `Waiting: ${waited.map(([step, { latencyMs }]) => `${step} ${formatMs(latencyMs)}`).join(', ')}.`,
              spec: plotBars(
                waited.map(([step, { latencyMs }]) => ({
                  name: step,
                  value: latencyMs,
                  text: formatMs(latencyMs),
                  colour: palette.grey,
                })),
              ),
            },
          ]),
    ],
    nothing: null,
    table: {
      headings: ['phase or step', 'time', 'sent in this run', 'mean wait'],
      rows: [
        ...clock.map(([name, ms]) => [`${name}, by the clock`, formatMs(ms), '', '']),
        ...steps.map(([step, { run, latencyMs }]) =>
          run.answers === 0
            ? [step, 'nothing sent', 0, 'none']
            : [step, formatMs(latencyMs), run.answers, formatMs(latencyMs / run.answers)],
        ),
      ],
    },
  }
}
