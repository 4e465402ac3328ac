import { markup, type Markup } from '../../display/html.ts'
import type { PreviousOutcome } from '../previous-outcome.ts'
import { nameMode, renderTextBlock, toLine, toScore } from './text-block.ts'

/** What the prompt came to in the build before, for movers. The text is cut: the whole is in that build. */
export function renderPrevious({ buildId, accepted, rejected }: PreviousOutcome, isVeiled: boolean): Markup {
  const head = markup`<span class="note">in <code>${toLine(buildId, 40)}</code></span>`
  if (accepted === null) {
    const codes = rejected.map(
      ({ outcome, detail }) =>
        markup`<li><span class="badge rejected">${toLine(outcome, 60)}</span> ${toLine(detail, 300)}</li>`,
    )
    return markup`<section class="previous" aria-label="Before"><h2>Before: no row ${head}</h2><ul>${codes}</ul></section>`
  }
  return markup`<section class="previous" aria-label="Before">
      <h2>Before: ${nameMode(accepted.mode)}, reward ${toScore(accepted.reward)} ${head}</h2>
      <p class="facts">
        safety ${toScore(accepted.safety)} · helpfulness ${toScore(accepted.helpfulness)} · reasoning ${toScore(accepted.reasoningQuality)} ·
        <code>${toLine(accepted.candidateId ?? '', 40)}</code>
      </p>
      <details>
        <summary>The answer then</summary>
        ${renderTextBlock({ title: 'the answer of the build before', text: (accepted.answer ?? '').slice(0, 20_000), address: '', isVeiled })}
      </details>
    </section>`
}
