import type { QuotaOutcome } from '../records/quota-outcome.ts'
import { renderTable } from './render-table.ts'

/** What a quota got, line by line; a line that asks for none is left out. */
export function renderQuota({ rounds, lines }: QuotaOutcome): readonly string[] {
  const again = rounds.reduce((all, round) => all + round.again, 0)
  const [all] = lines
  const drawn = `${rounds.length} rounds drew ${all?.drawn ?? 0} of ${all?.pool ?? 0} prompts${again > 0 ? `, and ${again} further candidates` : ''}`
  const headings = ['  quota line', 'asked', 'got', 'passed', 'drawn', 'pool', 'candidates', 'short because']
  const rows = lines
    .filter(({ asked }) => asked > 0)
    .map(({ name, asked, got, passed, drawn, pool, candidates, why }) => [
      `  ${name}`,
      ...[asked, got, passed, drawn, pool, candidates].map(String),
      why.join(', '),
    ])
  return [`quota       ${all?.got ?? 0} of ${all?.asked ?? 0} rows · ${drawn}`, ...renderTable([headings, ...rows])]
}
