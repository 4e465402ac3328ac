import type { Template } from '../guidance/template.ts'
import { askInForm } from '../models/ask-in-form.ts'
import type { ModelPort, Reply } from '../models/model-port.ts'
import { createRequest, type ModelRole } from '../models/model-role.ts'
import type { GradedVerdict, Verdict } from '../records/verdict.ts'
import type { Judge, JudgeInput, Vote } from './judges/judge.ts'

/** A judge as a build config seats it. */
export type Seat = {
  readonly judge: Judge
  readonly role: ModelRole
  readonly template: Template
  readonly repair: Template
  readonly votes: number
  /** A main score below this ends the candidate in the grade stage: no further vote or judge is paid. Null: never. */
  readonly stopBelow: number | null
}

export type JudgeOutcome =
  | { readonly status: 'judged'; readonly verdict: Verdict; readonly isStopped: boolean }
  | { readonly status: 'unavailable'; readonly reply: Extract<Reply, { status: 'unavailable' }> }

/**
 * Has one judge vote `votes` times on a candidate; the vote with the lowest main score is the verdict ("any single run
 * may overlook an issue", Deliberative Alignment, section 2.3). A vote below `stopBelow` settles it. Otherwise every
 * vote must be graded: one unusable vote makes the verdict ungraded.
 */
export async function judgeCandidate(seat: Seat, input: JudgeInput, models: ModelPort): Promise<JudgeOutcome> {
  const { judge, role, template, repair } = seat
  const messages = template.render(judge.variables(input))
  const purpose = { step: `grade:${judge.name}`, category: input.prompt.category }
  const votes: Vote[] = []
  const requests: string[] = []
  for (let repeat = 0; repeat < seat.votes; repeat += 1) {
    const request = createRequest(role, messages, judge.schema, repeat)
    const reply = await askInForm(models, request, purpose, repair, (answer) => judge.read(answer, input))
    if (reply.status === 'unavailable') return reply
    requests.push(...reply.requests)
    if (reply.status === 'unusable') {
      const { name: grader, version } = judge
      const detail = `vote ${repeat + 1} of ${seat.votes}: ${reply.detail}`
      return {
        status: 'judged',
        isStopped: true,
        verdict: { status: 'ungraded', grader, version, kind: 'judge', reason: reply.code, detail, requests },
      }
    }
    votes.push(reply.value)
    if (isBelow(mainScore(judge, reply.value), seat.stopBelow)) break
  }
  const verdict = combine(judge, votes, requests)
  return { status: 'judged', verdict, isStopped: isBelow(verdict.scores[judge.mainScore] ?? 0, seat.stopBelow) }
}

function combine(judge: Judge, votes: readonly Vote[], requests: readonly string[]): GradedVerdict {
  const worst = votes.reduce((low, vote) => (mainScore(judge, vote) < mainScore(judge, low) ? vote : low))
  return {
    status: 'graded',
    grader: judge.name,
    version: judge.version,
    kind: 'judge',
    outcome: 'scored',
    scores: { ...worst.scores },
    labels: { ...worst.labels },
    votes: votes.map((vote) => mainScore(judge, vote)),
    clauses: worst.clauses,
    rationale: worst.rationale,
    evidence: votes.length < 2 ? [] : votes.map((vote, n) => `vote ${n + 1}: ${describe(judge, vote)}`),
    requests,
  }
}

function describe(judge: Judge, vote: Vote): string {
  const labels = Object.entries(vote.labels).map(([name, value]) => `${name} ${value}`)
  return [`${judge.mainScore} ${mainScore(judge, vote)}`, ...labels, vote.rationale].join(' · ')
}

function mainScore(judge: Judge, vote: Vote): number {
  const score = vote.scores[judge.mainScore]
  if (score === undefined) throw new Error(`judge ${judge.name} gave no score "${judge.mainScore}"`)
  return score
}

function isBelow(score: number, floor: number | null): boolean {
  return floor !== null && score < floor
}
