import { expect, test } from 'vitest'
import { readQueueChoice, writeQueueChoice } from '../../pipeline/audit/queue-choice.ts'
import type { Queue } from '../../pipeline/audit/queues.ts'
import type { Rejection } from '../../pipeline/records/rejection.ts'
import type { Sample } from '../../pipeline/records/sample.ts'
import { candidateId, promptId } from '../diff/row-makers.ts'
import { makeAuditSample, makeSibling, makeStop, makeUnwritten, makeWord } from './audit-rows.ts'
import { serveBuild, type ServedBuild, type ServeOptions } from './serve-build.ts'

/* What a queue returns is compared with a pass over the very rows that went into the build. */

const thresholds = { minSafety: 0.9, minHelpfulness: 0.66, minReasoning: 0.5 }
const thirds = [0, 1 / 3, 2 / 3, 1]
const pick = <T>(items: readonly T[], n: number): T => items[n % items.length]!

const samples: readonly Sample[] = Array.from({ length: 40 }, (_, n) =>
  makeAuditSample(n, {
    category: pick(['cyber', 'fraud', 'general'], n),
    intent: pick(['benign', 'dual_use', 'malicious'] as const, n >> 1),
    mode: pick(['direct_answer', 'safe_completion'] as const, n >> 2),
    language: pick(['en', 'de', null], n),
    source: pick(['seeds', 'extras'], n),
    helpfulness: pick([2 / 3, 1], n >> 3),
    reasoningQuality: pick([2 / 3, 1, null], n),
    safety: pick([1, 0.95], n >> 1),
    voteSpread: pick([0, 0.05, null], n),
    answer: n === 7 ? 'The needle is in this ANSWER: 100% (yes) [sic].' : `Answer ${n}`,
  }),
)
const rejections: readonly Rejection[] = [
  ...Array.from({ length: 40 }, (_, n) =>
    makeSibling(
      n,
      pick(['outranked', 'unsafe', 'unhelpful', 'ungraded', 'mode_mismatch'] as const, n),
      {
        category: pick(['cyber', 'fraud', 'general'], n),
        intent: pick(['benign', 'dual_use', 'malicious'] as const, n >> 1),
      },
      {
        stage: n % 3 === 0 ? 'grade' : 'select',
        safety: pick([0, 0.5, 0.85, 1, null], n),
        helpfulness: pick(thirds, n),
        reasoningQuality: pick([1 / 3, 1], n),
        reward: pick(thirds, n >> 1),
        voteSpread: pick([0, 0.5, 1], n),
        failedGraders: pick([[], ['safety'], ['helpfulness', 'refusal-without-alternative']], n),
        severity: pick(['none', 'moderate', 'high'], n),
      },
    ),
  ),
  ...[41, 42].map((n) => makeStop(n)),
  makeUnwritten(43, 'malformed', 'Nothing but a NEEDLE here'),
]

type Facts = Pick<
  Sample | Rejection,
  | 'category'
  | 'intent'
  | 'mode'
  | 'language'
  | 'source'
  | 'safety'
  | 'severity'
  | 'helpfulness'
  | 'reasoningQuality'
  | 'reward'
  | 'voteSpread'
  | 'failedGraders'
  | 'answer'
> & {
  readonly id: string | null
  readonly stage: string | null
  readonly code: string
  readonly turns: Sample['prompt']
}
type Row = {
  readonly rowId: number
  readonly item: string
  readonly isAccepted: boolean
  readonly record: Facts
}

const serve = (options: ServeOptions = {}): Promise<ServedBuild> =>
  serveBuild({ samples, rejections, config: { select: thresholds } }, options)

/** The rows in the order of the files, accepted first. */
async function listRows({ desk }: ServedBuild): Promise<readonly Row[]> {
  const read = await desk.rows.read(Array.from({ length: samples.length + rejections.length }, (_, n) => n))
  return read.map((row) => {
    const id = row.candidateId
    const sample = samples.find((one) => one.id === id)
    const rejection = rejections.find((one) => one.candidateId === id && one.promptId === row.promptId)
    const record: Facts | undefined =
      row.status === 'accepted'
        ? sample && { ...sample, stage: null, code: 'accepted', turns: sample.prompt }
        : rejection && { ...rejection, id, turns: rejection.messages }
    if (record === undefined) throw new Error(`no record of row ${row.rowId}`)
    return { rowId: row.rowId, item: row.promptId ?? '', isAccepted: row.status === 'accepted', record }
  })
}

async function open({ desk }: ServedBuild, query: string): Promise<Queue> {
  return await desk.queues.open(readQueueChoice(new URLSearchParams(query)))
}

/** Row ids of a queue in its order, through the list as the page pages through it. */
async function drain(served: ServedBuild, query: string): Promise<readonly number[]> {
  const queue = await open(served, query)
  const ids: number[] = []
  for (let start = 0; start < queue.total; start += 7)
    ids.push(...(await queue.list(start, 7)).map(({ rowId }) => rowId))
  expect(ids).toHaveLength(queue.total)
  return ids
}

/** The first matching row of each prompt. */
function firstOfEach(rows: readonly Row[]): readonly number[] {
  return [...new Map(rows.toReversed().map(({ item, rowId }) => [item, rowId])).values()].toSorted((a, b) => a - b)
}

const codeOf = ({ record }: Row): string => record.code

const filters: Readonly<Record<string, (row: Row) => boolean>> = {
  'code=unsafe': (row) => codeOf(row) === 'unsafe',
  'code=accepted': (row) => row.isAccepted,
  'stage=grade': ({ record }) => record.stage === 'grade',
  'category=fraud': ({ record }) => record.category === 'fraud',
  'mode=safe_completion': ({ record }) => record.mode === 'safe_completion',
  'intent=dual_use': ({ record }) => record.intent === 'dual_use',
  'language=de': ({ record }) => record.language === 'de',
  'source=extras': ({ record }) => record.source === 'extras',
  'severity=high': ({ record }) => record.severity === 'high',
  'grader=safety': ({ record }) => record.failedGraders.includes('safety'),
  'score=helpfulness&min=0.3&max=0.7': ({ record }) => within(record.helpfulness, 0.3, 0.7),
  'score=safety&max=0.5': ({ record }) => within(record.safety, 0, 0.5),
  'min=0.9': ({ record }) => within(record.reward, 0.9, 1),
  'disagree=votes': ({ record }) => (record.voteSpread ?? 0) > 0,
  'disagree=graders': ({ record }) => record.failedGraders.length > 0 && passedBy(record) > 0,
  'disagree=either': ({ record }) =>
    (record.voteSpread ?? 0) > 0 || (record.failedGraders.length > 0 && passedBy(record) > 0),
  'code=outranked&category=cyber&intent=benign': (row) =>
    codeOf(row) === 'outranked' && row.record.category === 'cyber' && row.record.intent === 'benign',
  'text=needle': ({ record }) => /needle/i.test(record.answer ?? ''),
  'text=100%25+(YES)+[sic]': ({ record }) => (record.answer ?? '').includes('100% (yes) [sic]'),
  'text=question+1': ({ record }) => record.turns.some(({ content }) => /question 1/i.test(content)),
  'text=no+such+text+anywhere': () => false,
  [`text=${promptId(5)}`]: ({ item }) => item === promptId(5),
  [`text=${candidateId('first of 9')}`]: ({ record }) => record.id === candidateId('first of 9'),
}

function within(score: number | null, min: number, max: number): boolean {
  return typeof score === 'number' && score >= min && score <= max
}

function passedBy({ safety, helpfulness, reasoningQuality, failedGraders }: Row['record']): number {
  const scores = [
    ['safety', safety],
    ['helpfulness', helpfulness],
    ['reasoning', reasoningQuality],
  ] as const
  return scores.filter(([name, score]) => typeof score === 'number' && !failedGraders.includes(name)).length
}

test('each filter gives the prompts with a matching row, in order of the build', async () => {
  const served = await serve()
  const rows = await listRows(served)
  for (const [query, matches] of Object.entries(filters)) {
    expect([query, await drain(served, query)]).toEqual([query, firstOfEach(rows.filter(matches))])
  }
})

test('without a filter every prompt stands once, also one that was stopped before it had a candidate', async () => {
  const served = await serve()
  const rows = await listRows(served)
  const ids = await drain(served, 'order=build')
  expect(ids).toEqual(firstOfEach(rows))
  expect(ids).toHaveLength(43)
})

test('most uncertain first goes by vote spread, split graders and ungraded', async () => {
  const served = await serve()
  const rows = await listRows(served)
  const uncertainty = (row: Row): number => {
    const [passed, failed] = [passedBy(row.record), row.record.failedGraders.length]
    const split = passed + failed === 0 ? 0 : (4 * passed * failed) / (passed + failed) ** 2
    return (row.record.voteSpread ?? 0) + split + (codeOf(row) === 'ungraded' ? 1 : 0)
  }
  const ids = await drain(served, 'order=uncertain')
  const keys = ids.map((id) => uncertainty(rows[id]!))
  expect(keys).toEqual(keys.toSorted((a, b) => b - a))
  for (const id of ids) {
    const siblings = rows.filter(({ item }) => item === rows[id]!.item)
    expect(uncertainty(rows[id]!)).toBe(Math.max(...siblings.map(uncertainty)))
  }
})

test('near the threshold goes by what little would have decided otherwise', async () => {
  const served = await serve()
  const rows = await listRows(served)
  const distance = ({ record }: Row): number => {
    const gaps = (
      [
        [record.safety, thresholds.minSafety],
        [record.helpfulness, thresholds.minHelpfulness],
        [record.reasoningQuality, thresholds.minReasoning],
      ] as const
    ).flatMap(([score, least]) => (typeof score === 'number' ? [score - least] : []))
    const missed = gaps.filter((gap) => gap < 0)
    if (missed.length > 0) return Math.max(...missed.map((gap) => -gap))
    return gaps.length === 0 ? 2 : Math.min(...gaps)
  }
  const ids = await drain(served, 'order=near')
  const keys = ids.map((id) => distance(rows[id]!))
  expect(keys).toEqual(keys.toSorted((a, b) => a - b))
  for (const id of ids) {
    expect(distance(rows[id]!)).toBe(Math.min(...rows.filter(({ item }) => item === rows[id]!.item).map(distance)))
  }
})

test('a threshold at the top of the scale does not put every accepted row at distance 0', async () => {
  const served = await serveBuild({
    samples: [makeAuditSample(1, { helpfulness: 1 }), makeAuditSample(2, { helpfulness: 2 / 3 })],
    config: { select: { minSafety: 1, minHelpfulness: 0.66, minReasoning: 0.66 } },
  })
  const queue = await open(served, 'order=near')
  expect((await queue.list(0, 2)).map(({ item }) => item)).toEqual([promptId(2), promptId(1)])
})

test('a random queue has n of each stratum, is the same for a seed, and another one for another', async () => {
  const served = await serve()
  const rows = await listRows(served)
  const query = 'order=random&n=2&strata=category&strata=outcome&seed=5'
  const ids = await drain(served, query)
  const outcome = (row: Row): string => (row.isAccepted ? 'accepted' : `${row.record.stage}/${row.record.code}`)
  const stratum = (row: Row): string => `${row.record.category} ${outcome(row)}`
  const sizes = Map.groupBy(rows, stratum)
  const drawn = Map.groupBy(ids, (id) => stratum(rows[id]!))
  expect([...drawn.keys()].toSorted()).toEqual([...sizes.keys()].toSorted())
  for (const [name, all] of sizes) expect([name, drawn.get(name)?.length]).toEqual([name, Math.min(2, all.length)])
  expect(await drain(await serve(), query)).toEqual(ids)
  expect(await drain(served, query.replace('seed=5', 'seed=6'))).not.toEqual(ids)
  expect(await drain(served, 'order=random&n=10')).toHaveLength(10)
  expect(await drain(served, 'order=random&n=1000')).toHaveLength(43)
})

test('a random queue draws only from what the filters leave', async () => {
  const served = await serve()
  const rows = await listRows(served)
  const ids = await drain(served, 'order=random&n=5&code=unsafe')
  expect(ids).toHaveLength(5)
  expect(ids.every((id) => rows[id]!.record.code === 'unsafe')).toBe(true)
})

test('the biggest movers come by the difference of what they add to the set, then by mode', async () => {
  const before = [
    makeAuditSample(1, { helpfulness: 1 / 3 }),
    makeAuditSample(2),
    makeAuditSample(3, { mode: 'refuse_with_redirection' }),
    makeAuditSample(5),
    makeAuditSample(6, { reward: 0.9 }),
  ]
  const now = {
    samples: [makeAuditSample(1), makeAuditSample(2), makeAuditSample(3), makeAuditSample(4), makeAuditSample(6)],
    rejections: [makeSibling(5, 'unsafe')],
  }
  const served = await serveBuild(now, { before: { samples: before } })
  const queue = await open(served, 'order=movers')
  // 5 lost its row (1), 1 gained 2/3, 6 gained 0.1, 3 moved its mode only; 2 stayed; 4 was not there.
  expect((await queue.list(0, 9)).map(({ item }) => item)).toEqual([5, 1, 6, 3].map(promptId))
})

test('movers without an earlier build are refused with a word on what to do', async () => {
  const served = await serve()
  await expect(open(served, 'order=movers')).rejects.toMatchObject({ code: 'audit_queue' })
  const { status, body } = await served.call('/queue?order=movers')
  expect([status, body.includes('--against')]).toEqual([400, true])
})

test('queues by decision: decided, open, not mine, conflict, flagged, stale', async () => {
  const [one, two, three, four] = [samples[1]!, samples[2]!, samples[3]!, samples[4]!]
  const gone = { ...four, contentDigest: '0'.repeat(64) }
  const served = await serve({
    decisions: [
      makeWord(one, { by: 'anna', action: 'accept' }),
      makeWord(two, { by: 'ben', action: 'reject' }),
      makeWord(two, { by: 'anna', action: 'accept' }),
      makeWord(three, { by: 'ben', action: 'flag' }),
      makeWord(samples[6]!, { by: 'ben', action: 'reject' }),
      makeWord(samples[8]!, { by: 'ben', action: 'flag' }),
      makeWord(samples[8]!, { by: 'ben', action: 'withdraw', decidedAt: '2026-03-01T00:00:00.000Z' }),
      makeWord(gone, { by: 'ben', action: 'reject' }),
    ],
  })
  const items = async (query: string): Promise<readonly string[]> => {
    const queue = await open(served, query)
    return (await queue.list(0, 100)).map(({ item }) => item).toSorted()
  }
  const ids = (...numbers: readonly number[]): readonly string[] => numbers.map(promptId)
  expect(await items('decision=decided')).toEqual(ids(1, 2, 6))
  expect(await items('decision=conflict')).toEqual(ids(2))
  expect(await items('decision=flagged')).toEqual(ids(3))
  expect(await items('decision=stale')).toEqual(ids(4))
  const withCandidates = [...samples.keys(), 43]
  expect(await items('decision=open')).toEqual(ids(...withCandidates.filter((n) => ![1, 2, 6].includes(n))))
  expect(await items('decision=unread')).toEqual(ids(...withCandidates.filter((n) => ![1, 2].includes(n))))
})

test('a queue stays as it is while decisions are made, and is made anew when it is asked for again', async () => {
  const served = await serve()
  const query = 'decision=open&code=accepted&order=build'
  const before = await open(served, query)
  const first = await before.at(0)
  const [row] = await served.desk.rows.read([first!.rowId])
  await served.desk.decisions.decide(row!, 'reject', 'Not for training.')
  expect((await open(served, query)).total).toBe(before.total)
  const { headers } = await served.call(`/queue?${query}`)
  expect(headers['location']).toContain('at=0')
  expect((await open(served, query)).total).toBe(before.total - 1)
})

test('more queues than are kept: each is computed again from its address', async () => {
  const served = await serve()
  const totals: number[] = []
  for (let seed = 0; seed < 12; seed += 1) totals.push((await open(served, `order=random&n=9&seed=${seed}`)).total)
  expect(new Set(totals)).toEqual(new Set([9]))
  expect(await drain(served, 'order=random&n=9&seed=0')).toHaveLength(9)
})

test('the address has all of a queue, and reads back to the same', () => {
  const query =
    'code=unsafe&category=a+b%26c&grader=safety&score=reward&min=0.2&max=0.8&disagree=either&decision=open&text=x%0Ay&order=random&seed=7&n=3&strata=category&strata=outcome'
  const choice = readQueueChoice(new URLSearchParams(query))
  expect(readQueueChoice(new URLSearchParams(writeQueueChoice(choice)))).toEqual(choice)
  expect(readQueueChoice(new URLSearchParams('code=&min=&order=build&at=4&saved=d_1'))).toEqual(
    readQueueChoice(new URLSearchParams()),
  )
})

test('a queue that makes no sense is refused and not guessed at', async () => {
  const served = await serve()
  for (const query of ['order=sideways', 'min=2', 'n=0', 'strata=reward', `text=${'x'.repeat(1001)}`, 'seed=-1']) {
    expect([query, (await served.call(`/list?${query}`)).status]).toEqual([query, 400])
  }
})
