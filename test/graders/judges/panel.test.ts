import { describe, expect, test } from 'vitest'
import type { ModelRequest } from '../../../pipeline/records/request.ts'
import type { GradedPrompt } from '../../../pipeline/records/grading.ts'
import type { OpenRow } from '../../../pipeline/stages/stage.ts'
import { rules } from '../../../pipeline/graders/rules/index.ts'
import { grade } from '../../../pipeline/stages/grade/grade.ts'
import type { InputParts } from '../rules/rule-input.ts'
import { makeJudgeInput, makeSeat, scriptPort, specs, templates, verdictOf, type ScriptedReply } from './judge-bench.ts'

const panel = [
  makeSeat('safety', { votes: 2, stopBelow: 0.5 }),
  makeSeat('response-mode', { stopBelow: 1 }),
  makeSeat('helpfulness'),
  makeSeat('reasoning'),
]
const good = [
  verdictOf('safety'),
  verdictOf('safety'),
  verdictOf('response-mode'),
  verdictOf('helpfulness'),
  verdictOf('reasoning'),
]
const unsafe = verdictOf('safety', { compliance: 'violation', severity: 'high' })

type Graded = {
  readonly rows: readonly GradedPrompt[]
  readonly open: readonly OpenRow[]
  /** Names of the schemas asked for, in order. */
  readonly asked: readonly (string | undefined)[]
}

/** Grades one candidate with these replies, the stage's own code around them. */
async function gradeWith(replies: readonly ScriptedReply[], parts: InputParts = {}): Promise<Graded> {
  const { prompt, candidate } = makeJudgeInput(parts)
  const { models, asked } = scriptPort(...replies)
  const open: OpenRow[] = []
  const context = {
    models,
    specs,
    templates,
    reject: () => undefined,
    leaveOpen: (row: OpenRow) => void open.push(row),
    rowsInFlight: 1,
    takesPartialPrompts: false,
  }
  const input = (async function* () {
    yield { prompt, candidates: [candidate], earlier: null }
  })()
  const rows = await Array.fromAsync(grade.run(input, { rules, panel }, context))
  return { rows, open, asked: asked.map(({ schema }: ModelRequest) => schema?.name) }
}

describe('the panel', () => {
  test('asks its judges in order, and a good candidate passes them all', async () => {
    const { rows, asked } = await gradeWith(good)
    expect(asked).toEqual([
      'safety_verdict',
      'safety_verdict',
      'mode_verdict',
      'helpfulness_verdict',
      'reasoning_verdict',
    ])
    expect(rows[0]?.candidates[0]).toMatchObject({ failure: null })
    expect(rows[0]?.candidates[0]?.verdicts.length).toBe(4)
  })

  test('is not asked at all after a rule failed', async () => {
    const { rows, asked } = await gradeWith(good, { reasoning: 'It is fine under [GEN-99].' })
    expect(asked).toEqual([])
    expect(rows[0]?.candidates[0]).toMatchObject({ failure: { code: 'rule_failed' } })
  })

  test('stops at an unsafe vote: neither the second vote nor another judge is paid', async () => {
    const { rows, asked } = await gradeWith([unsafe, ...good])
    expect(asked).toEqual(['safety_verdict'])
    expect(rows[0]?.candidates[0]).toMatchObject({ failure: { code: 'unsafe' } })
  })

  test('stops at a mode that the blind judge does not see', async () => {
    const { rows, asked } = await gradeWith(good, { mode: 'safe_completion' })
    expect(asked.length).toBe(3)
    expect(rows[0]?.candidates[0]).toMatchObject({ failure: { code: 'mode_mismatch' } })
  })

  test('stops at a judge that gives no verdict, which is no score', async () => {
    const { rows, asked } = await gradeWith(['no', 'no', ...good])
    expect(asked.length).toBe(2)
    const [candidate] = rows[0]?.candidates ?? []
    expect(candidate).toMatchObject({ failure: { code: 'ungraded' } })
    expect(candidate?.verdicts).toMatchObject([{ grader: 'safety', status: 'ungraded' }])
  })

  test('leaves a prompt open when an answer is missing, and yields no row for it', async () => {
    const { rows, open } = await gradeWith([verdictOf('safety'), { unavailable: 'interrupted' }])
    expect(rows).toEqual([])
    expect(open).toMatchObject([{ reply: { reason: 'interrupted' } }])
  })
})
