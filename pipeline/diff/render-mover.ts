import { describeMove, explain, stateNames } from './describe-diff.ts'
import { markup, type Markup } from '../display/html.ts'
import type { ChangedPrompt, Side } from './movers.ts'

/** One prompt with both its answers, side by side; everything that a prompt or a model wrote is folded. */
export function renderMover(mover: ChangedPrompt): Markup {
  const { promptId, category, intent, causes, prompt, a, b } = mover
  return markup`<details>
    <summary>
      <code>${promptId}</code> ${describeMove(mover)} · ${category ?? 'no category'} · ${intent ?? 'no intent'} ·
      ${causes.join(' + ')}
    </summary>
    <div class="inside">
      <p class="facts">why: ${explain(causes)}</p>
      <h3>Prompt</h3>
      ${prompt.map(({ role, content }) => renderText(role, content))}
      <div class="sides">${renderSide('A', a)} ${renderSide('B', b)}</div>
    </div>
  </details>`
}

function renderSide(name: string, side: Side): Markup {
  switch (side.status) {
    case 'absent':
      return markup`<section class="side"><h4>${name}: not in this build</h4></section>`
    case 'accepted':
      return markup`<section class="side">
        <h4>${name}: ${stateNames[side.mode]}, reward ${renderScore(side.reward)}</h4>
        <p class="facts">
          safety ${renderScore(side.safety)} (severity ${side.severity ?? '-'}) · helpfulness ${renderScore(side.helpfulness)} ·
          reasoning quality ${renderScore(side.reasoningQuality)} · cites ${side.citedClauses.join(', ') || 'nothing'} ·
          ${side.model} · candidate ${side.candidateId} · spec ${side.specDigest.slice(0, 12)} · template
          ${side.templateDigest.slice(0, 12)}
        </p>
        ${renderText('answer', side.answer)} ${renderReasoning(side.reasoning)}
      </section>`
    case 'rejected':
      return markup`<section class="side">
        <h4>${name}: no row</h4>
        ${side.rejected.map(
          ({ candidateId, stage, code, detail, mode, reward, answer, reasoning }) =>
            markup`<p class="facts">
                ${candidateId ?? 'the prompt itself'} · ${stage}/${code} · ${detail} ·
                ${mode === null ? 'no mode' : stateNames[mode]} · reward ${renderScore(reward)}
              </p>
              ${answer === null ? '' : renderText('answer', answer)}
              ${reasoning === null ? '' : renderReasoning(reasoning)}`,
        )}
      </section>`
  }
}

function renderReasoning(reasoning: string): Markup {
  return markup`<details>
    <summary>reasoning</summary>
    <div class="inside">${renderText('', reasoning)}</div>
  </details>`
}

function renderText(title: string, text: string): Markup {
  return markup`${title === '' ? '' : markup`<p class="role">${title}</p>`}
    <p class="foreign" dir="auto">${text}</p>`
}

function renderScore(score: number | null): string {
  return score === null ? '-' : score.toFixed(2)
}
