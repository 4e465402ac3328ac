import type { QuotaLineOutcome, QuotaOutcome } from '../../records/quota-outcome.ts'
import type { Section } from '../chart.ts'
import { formatShare, nameOf } from '../numbers.ts'
import { plotBars } from '../plots/bars.ts'
import { palette } from '../plots/palette.ts'

/** What the quota asked for and got; no section without one. */
export function describeQuota({ quota }: { readonly quota: QuotaOutcome | null }): readonly Section[] {
  if (quota === null) return []
  const lines = quota.lines.filter(({ asked }) => asked > 0)
  const draws = quota.rounds.map(({ prompts, again }, n) => `round ${n + 1}: ${prompts} prompts${sayAgain(again)}`)
  return [
    {
      id: 'quota',
      title: 'What the quota asked for',
      charts: [
        {
          id: 'quota-lines',
          title: 'Rows of each line',
          caption: `The config asks for exactly so many rows, in all and by mode, intent or category. Prompts are drawn in rounds until every line has its rows or nothing is left to draw (${draws.join('; ')}). Rows that passed and for which no line had room are among the rejected as over_quota, prompts that no round drew as not_drawn.`,
          lookFor:
            'A line that is short, and why: its prompts ran out, its candidates did, or other lines took the rows.',
          key: [
            { name: 'met', colour: palette.green },
            { name: 'short', colour: palette.orange },
          ],
          plots: [
            {
              heading: null,
              label: `Bars: ${lines.map(({ name, got, asked }) => `${name} ${got} of ${asked}`).join(', ')}.`,
              spec: plotBars(
                lines.map(({ name, got, asked }) => ({
                  name,
                  value: got,
                  text: `${got} of ${asked}`,
                  colour: got < asked ? palette.orange : palette.green,
                })),
              ),
            },
          ],
          nothing: null,
          isTableOpen: true,
          table: {
            headings: ['line', 'asked', 'got', 'share', 'passed', 'drawn', 'pool', 'candidates', 'short because'],
            rows: lines.map(toRow),
          },
        },
      ],
    },
  ]
}

function sayAgain(again: number): string {
  return again === 0 ? '' : ` and ${again} further candidates`
}

function toRow(line: QuotaLineOutcome): readonly (string | number)[] {
  const { name, asked, got, passed, drawn, pool, candidates, why } = line
  return [name, asked, got, formatShare(got, asked), passed, drawn, pool, candidates, why.map(nameOf).join(', ')]
}
