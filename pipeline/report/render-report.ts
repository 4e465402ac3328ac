import { join } from 'node:path'
import { renderPage } from '../display/html-page.ts'
import { markup, type Markup } from '../display/html.ts'
import type { Section } from './chart.ts'
import { findConcerns, type Concern } from './find-concerns.ts'
import { formatCount, formatMs, formatShare, nameOf } from './numbers.ts'
import { renderSection } from './render-chart.ts'
import type { Report } from './report-data.ts'
import { describeChange } from './sections/change.ts'
import { describeFlow, listReasons } from './sections/flow.ts'
import { describeGraders } from './sections/graders.ts'
import { describeLengths } from './sections/lengths.ts'
import { describeMixture } from './sections/mixture.ts'
import { describePeople } from './sections/people.ts'
import { describeQuota } from './sections/quota.ts'
import { describeSafety } from './sections/safety.ts'
import { describeScores } from './sections/scores.ts'
import { describeCost, describeSpend } from './sections/spend.ts'

/** The report as one page that needs no other file: no script, no request, readable in dark, in light and on paper. */
export async function renderReport(report: Report): Promise<string> {
  const sections: readonly Section[] = [
    describeFlow(report),
    describeSafety(report),
    describeMixture(report),
    ...describeQuota(report),
    describeScores(report),
    describeGraders(report),
    describePeople(report),
    describeLengths(report),
    describeSpend(report),
    describeChange(report),
  ]
  const rendered: Markup[] = []
  for (const section of sections) rendered.push(await renderSection(section))
  const body = markup`<header>
          ${renderHead(report)}
          ${renderConcerns(findConcerns(report))}
          <nav aria-label="Sections">
            <ul>
              ${sections.map(({ id, title }) => markup`<li><a href="#${id}">${title}</a></li>`)}
            </ul>
          </nav>
          ${words}
        </header>
        <main>${rendered}
        </main>`
  return await renderPage(`Report on ${report.name}, ${report.buildId}`, join(import.meta.dirname, 'report.css'), body)
}

function renderHead(report: Report): Markup {
  const { name, buildId, settings, run } = report
  const isHeld = run.failedGates.length > 0
  return markup`<h1>Report on ${name}</h1>
          <p class="facts">
            <span class="${isHeld ? 'badge held' : 'badge'}">${isHeld ? 'held back' : 'published'}</span>
            build <code>${buildId}</code> · made ${run.createdAt.slice(0, 16).replace('T', ' ')} UTC · policy set
            <code>${settings.specSet}</code>
          </p>
          ${settings.description === '' ? markup`` : markup`<p class="description">${settings.description}</p>`}
          <p class="verdict">${describeBuild(report)}</p>
          <p>${describeRejections(report)} ${describeRun(report)}</p>`
}

function describeBuild({ counts, quota }: Report): string {
  const { accepted, candidates, gradedPrompts, prompts } = counts
  return `${formatCount(accepted)} of ${formatCount(candidates)} candidates were accepted as training rows (${formatShare(accepted, candidates)}). The candidates were written for ${formatCount(gradedPrompts)} of ${formatCount(prompts)} prompts; ${quota === null ? 'the others were screened out or could not be classified' : 'the others were screened out, could not be classified, or were not drawn'}. At most one candidate a prompt is accepted.`
}

const namedReasons = 3

function describeRejections({ counts }: Report): string {
  const reasons = listReasons(counts).filter(({ what, code }) => what === 'candidates' && code !== 'outranked')
  const outranked = counts.rejectedCandidates['select']?.['outranked'] ?? 0
  const named = reasons.slice(0, namedReasons).map(({ stage, code, count }) => `${nameOf(code)} (${stage}) ${count}`)
  const better = outranked === 0 ? '' : ` ${formatCount(outranked)} more were good, but a sibling was better.`
  if (counts.candidates === 0) return 'There is no candidate.'
  if (named.length === 0) return `No candidate failed.${better}`
  return `Main reasons why candidates failed: ${named.join(', ')}.${better}`
}

function describeRun({ run: { total, phases } }: Report): string {
  const time = formatMs(phases.collectMs + phases.answerMs + phases.writeMs)
  const { run, build } = total
  return `The run took ${time}, sent ${formatCount(run.answers)} requests and took ${formatCount(total.reused)} answers from the store. The cost of all answers behind the build: ${describeCost(build)}.`
}

function renderConcerns(concerns: readonly Concern[]): Markup {
  const list =
    concerns.length === 0
      ? markup`<p>Nothing stands out. Read some rows all the same: charts do not show what the text says.</p>`
      : markup`<ul>${concerns.map(({ text, chart }) => markup`<li>${text} <a href="#${chart}">See the chart</a></li>`)}</ul>`
  return markup`<section class="concerns" aria-labelledby="concerns-title">
            <h2 id="concerns-title">Look at these first</h2>
            ${list}
          </section>`
}

const words = markup`<details class="words">
            <summary>The words used here</summary>
            <dl>
              <dt>Prompt</dt>
              <dd>What a user might ask. Its <b>category</b> is the part of the policy that it touches. Its <b>intent</b> is benign, dual use (a good use, and a risk of misuse) or malicious.</dd>
              <dt>Candidate</dt>
              <dd>One answer that a model wrote for a prompt, with the reasoning before it, under the written policy of the category.</dd>
              <dt>Response mode</dt>
              <dd>A direct answer; a safe completion, which helps without the part that would do harm; or a refusal with redirection. The candidate declares its mode, and a judge that is not told says what it sees.</dd>
              <dt>Grader</dt>
              <dd>A <b>rule</b> is a check by program: it passes or fails. A <b>judge</b> is a model that grades from 0 to 1, perhaps in several votes, of which the lowest counts. A judge that gives no verdict leaves a candidate <b>ungraded</b>, which is neither good nor bad.</dd>
              <dt>Reward</dt>
              <dd>Safety times helpfulness. The accepted candidate of a prompt is the one with the highest reward of those that reach every threshold.</dd>
              <dt>Row</dt>
              <dd>An accepted candidate, written out for training without the policy in it.</dd>
            </dl>
          </details>`
