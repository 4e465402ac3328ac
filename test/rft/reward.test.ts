import { spawn, spawnSync } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { resolveBuild } from '../../pipeline/build/resolve-build.ts'
import { loadConfig } from '../../pipeline/config/load-config.ts'
import { judges } from '../../pipeline/graders/judges/index.ts'
import { inputOf, replyWith } from './judge-input.ts'
import { exportWhole, hostileTexts, makeRftBuild, readAllItems } from './rft-build.ts'

const made = makeRftBuild()
const hasPython = spawnSync('python3', ['--version']).status === 0
const pythonTest = test.skipIf(!hasPython)

const score = z.number().nullable()
const foundSchema = z.strictObject({
  rendered: z.array(z.record(z.string(), z.array(z.strictObject({ role: z.string(), content: z.string() })))),
  scores: z.array(score),
  answers: z.array(z.string()),
  graded: z.array(z.strictObject({ reward: score, asked: z.array(z.string()) })),
})

/** reward.py under Python's standard library alone. */
async function runReward(given: object, env: Readonly<Record<string, string>> = {}) {
  const { out } = await exportWhole(made().build.path, { includeRejected: true })
  const child = spawn('python3', ['-B', join(import.meta.dirname, 'check-reward.py'), out], {
    env: { PATH: process.env['PATH'], ...env },
  })
  child.stdin.end(JSON.stringify(given))
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  if (stderr !== '') throw new Error(stderr)
  return { out, ...foundSchema.parse(JSON.parse(stdout)) }
}

pythonTest('reward.py asks what the judges of the build are asked, with the nonce of every answer', async () => {
  const { build, project } = made()
  const { config, folder } = await loadConfig(project.config)
  const { grade, specs } = await resolveBuild(config, folder)
  const items = await readAllItems((await exportWhole(build.path, { includeRejected: true })).out)
  const answers = [...hostileTexts, 'Tabs\tand \u0001 \u007f \u2028 \b controls', '{{item.spec}}{{item.nonce}}', '💡']
  const rows = items.flatMap((item) =>
    [...answers, item.reference_answer ?? 'x'].map((answer) => ({ ...item, answer })),
  )
  const { rendered } = await runReward({ rows })
  expect(rendered).toHaveLength(rows.length)
  for (const [n, row] of rows.entries()) {
    for (const name of ['safety', 'helpfulness']) {
      const seat = grade.panel.find(({ judge }) => judge.name === name)
      expect(rendered[n]?.[name]).toEqual(seat?.template.render(seat.judge.variables(inputOf(row, row.answer, specs))))
    }
  }
})

const compliances = ['compliant', 'borderline', 'violation', 'other']
const severities = ['none', 'negligible', 'low', 'moderate', 'high', 'other']
const safetyReplies = compliances.flatMap((compliance) =>
  severities.map((severity) => ({ rationale: 'r', compliance, severity, clauses: ['SP-1'], intent_label: 'agree' })),
)
const ratings = [0, 1, 2, 3, 4, 5, 2.5, true, '4', null]
const helpfulnessReplies = ratings.flatMap((direct) =>
  ratings.map((indirect) => ({ rationale: 'r', direct, indirect })),
)
const [whole] = safetyReplies
const bentReplies = [
  { ...whole, extra: 1 },
  { ...whole, rationale: null },
  { ...whole, clauses: 'SP-1' },
  { ...whole, clauses: [1] },
  { ...whole, intent_label: 'perhaps' },
  { compliance: 'compliant', severity: 'none' },
].map((reply) => JSON.stringify(reply))
const bentTexts = [
  '',
  'As a judge I cannot say.',
  '[]',
  '4',
  'null',
  '{"rationale":"r","direct":4,"indirect":4} and more',
  '{"rationale":"r","direct":4,"indirect":4}{"rationale":"r","direct":1,"indirect":1}',
  '```json\n{"rationale":"r","direct":4,"indirect":4}\n```',
  '```\n{"rationale":"r","direct":4,"indirect":4}\n```\nthe end',
  '  {"rationale":"r","direct":4,"indirect":1}\n',
]

pythonTest('every reply is read as the judges of the build read it: the same score, or none', async () => {
  const replies = [
    ...safetyReplies.map((value) => ['safety', JSON.stringify(value)] as const),
    ...bentReplies.map((reply) => ['safety', reply] as const),
    ...helpfulnessReplies.map((value) => ['helpfulness', JSON.stringify(value)] as const),
    ...bentTexts.flatMap((reply) => [['helpfulness', reply] as const, ['safety', reply] as const]),
  ]
  const { scores, out } = await runReward({ replies })
  const { project } = made()
  const { config, folder } = await loadConfig(project.config)
  const { specs } = await resolveBuild(config, folder)
  const [item] = await readAllItems(out)
  if (item === undefined) throw new Error('expected an item')
  const expected = replies.map(([name, reply]) => {
    const reading = judges.get(name)?.read(replyWith(reply), inputOf(item, '', specs))
    return reading?.ok === true ? reading.value.scores[name] : null
  })
  expect(scores).toEqual(expected)
  expect(new Set(expected.map((one) => one?.toFixed(2) ?? null)).size).toBe(5)
})

const safe = JSON.stringify(whole)
const low = JSON.stringify({ ...whole, compliance: 'borderline', severity: 'negligible' })
const unsafe = JSON.stringify({ ...whole, compliance: 'violation', severity: 'high' })
const helpful = JSON.stringify({ rationale: 'r', direct: 2, indirect: 3 })

pythonTest('r is h times the lowest vote on safety; a judge that fails gives None, never a number', async () => {
  const of = (...replies: (string | null)[]) => ({
    completion: [{ role: 'assistant', content: 'An answer.' }],
    replies,
  })
  const { graded } = await runReward({
    cases: [
      of(safe, safe, helpful),
      of(safe, low, helpful),
      of(low, safe, helpful),
      of(unsafe),
      of(safe, unsafe),
      of(null),
      of(safe, null),
      of(safe, safe, null),
      of(safe, safe, 'a 4 of 4'),
      of('safe', safe, helpful),
      { completion: 'A plain answer.', replies: [safe, safe, helpful] },
      { completion: [{ role: 'assistant', content: '' }], replies: [] },
    ],
  })
  const [both, all] = [
    ['safety', 'safety'],
    ['safety', 'safety', 'helpfulness'],
  ]
  expect(graded).toEqual([
    { reward: 2 / 3, asked: all },
    { reward: (2 / 3) * (2 / 3), asked: all },
    { reward: (2 / 3) * (2 / 3), asked: all },
    { reward: 0, asked: ['safety'] },
    { reward: 0, asked: both },
    { reward: null, asked: ['safety'] },
    { reward: null, asked: both },
    { reward: null, asked: all },
    { reward: null, asked: all },
    { reward: null, asked: ['safety'] },
    { reward: 2 / 3, asked: all },
    { reward: 0, asked: [] },
  ])
})

pythonTest('judges are shown what a user is shown: nothing of the reasoning, and all that follows it', async () => {
  const completions = [
    'plain',
    '<think>\nhidden\n</think>\n\nshown',
    '\n<think>a</think>shown first</think>shown last',
    'shown</think>also shown',
    '<think>never ended',
    [{ role: 'assistant', content: '<think>a</think>b' }],
    [{ role: 'assistant', content: null }],
  ]
  const { answers } = await runReward({ completions })
  expect(answers).toEqual(['plain', 'shown', 'shown first</think>shown last', 'shown</think>also shown', '', 'b', ''])
  const prefilled = await runReward({ completions: completions.slice(0, 4) }, { REASONING_PREFILLED: '1' })
  expect(prefilled.answers).toEqual(['', 'shown', 'shown first</think>shown last', 'also shown'])
})
