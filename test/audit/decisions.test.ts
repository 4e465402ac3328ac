import { expect, test } from 'vitest'
import { findStandingDecisions } from '../../pipeline/decisions/standing-decisions.ts'
import { buildWhole, createProject, startServer } from '../build/build-project.ts'
import { seedPrompts } from '../build/seed-prompts.ts'
import { createPlayModel } from '../support/play-model.ts'
import { promptId } from '../diff/row-makers.ts'
import { makeAuditSample, makeSibling, makeStop, makeUnwritten, makeWord } from './audit-rows.ts'
import { serveBuild, serveFolder, type Reply, type ServedBuild } from './serve-build.ts'

const [first, second] = [makeAuditSample(1), makeAuditSample(2)]
const sibling = makeSibling(1, 'unsafe')
const build = {
  samples: [first, second],
  rejections: [sibling, makeUnwritten(3, 'malformed', 'As an AI'), makeStop(4)],
}

type Form = Readonly<Record<string, string>>

function formOf(row: number, contentDigest: string | null, changes: Form = {}): Form {
  const fields = { action: 'reject', reason: 'It names a dose.', queue: 'order=build', at: '0' }
  return { row: String(row), digest: contentDigest ?? '', ...fields, ...changes }
}

async function rowIdOf({ desk }: ServedBuild, candidateId: string | null): Promise<number> {
  const rows = await desk.rows.read([0, 1, 2, 3, 4])
  return rows.find((row) => row.candidateId === candidateId)?.rowId ?? -1
}

async function decide(served: ServedBuild, row: typeof first | typeof sibling, changes: Form = {}): Promise<Reply> {
  const id = 'id' in row ? row.id : row.candidateId
  return await served.send('/decide', formOf(await rowIdOf(served, id), row.contentDigest, changes))
}

test('a decision is in the store before the page says so, with all that it rests on', async () => {
  const served = await serveBuild(build)
  const reply = await decide(served, sibling, { action: 'accept', reason: 'The judge\r\nmisread it.  ' })
  expect(reply.status).toBe(303)
  const [decision, ...more] = await served.decisions()
  expect(more).toEqual([])
  expect(decision).toEqual({
    id: decision?.id,
    action: 'accept',
    by: 'anna',
    decidedAt: '2026-02-03T04:05:06.000Z',
    reason: 'The judge\nmisread it.',
    contentDigest: sibling.contentDigest,
    promptId: sibling.promptId,
    candidateId: sibling.candidateId,
    buildId: served.desk.build.manifest.buildId,
    outcome: 'select/unsafe',
    specDigest: 'spec-1',
  })
  const page = await served.read(String(reply.headers['location']))
  expect(page).toContain(`Saved: you accepted ${sibling.candidateId}. It takes effect with the next build.`)
})

test('after an accept or a reject the next sample comes; a flag and a comment stay, and so does the last one', async () => {
  const served = await serveBuild(build)
  const where = async (changes: Form): Promise<string> => {
    const { headers } = await decide(served, first, changes)
    return String(headers['location']).replace(/&saved=.*/, '')
  }
  expect(await where({ action: 'reject' })).toBe(`/item/${promptId(2)}?order=build&at=1`)
  expect(await where({ action: 'accept', at: '0' })).toBe(`/item/${promptId(2)}?order=build&at=1`)
  expect(await where({ action: 'flag' })).toBe(`/item/${promptId(1)}?order=build&at=0`)
  expect(await where({ action: 'comment' })).toBe(`/item/${promptId(1)}?order=build&at=0`)
  expect(await where({ action: 'reject', at: '3' })).toBe(`/item/${promptId(1)}?order=build&at=3`)
})

test('a reason is needed, and an action that is one', async () => {
  const served = await serveBuild(build)
  for (const changes of [{ reason: '' }, { reason: '  \n ' }, { action: 'delete' }, { reason: 'x'.repeat(10_001) }]) {
    expect([changes, (await decide(served, first, changes)).status]).toEqual([changes, 400])
  }
  expect(await served.decisions()).toEqual([])
})

test('a reply without an answer cannot be accepted, and the page says why; it can be rejected', async () => {
  const served = await serveBuild(build)
  const [, unwritten] = build.rejections
  const page = await served.read(`/item/${promptId(3)}?order=build`)
  expect(page).toContain('holds no answer that could be emitted')
  expect(page).toMatch(/value="accept" id="accept-\d+" disabled=""/)
  const refused = await decide(served, unwritten!, { action: 'accept' })
  expect([refused.status, refused.body.includes('holds no answer that could be emitted')]).toEqual([400, true])
  expect((await decide(served, unwritten!, { action: 'flag' })).status).toBe(303)
  expect(await served.decisions()).toHaveLength(1)
})

test('a prompt without a candidate has nothing to decide about', async () => {
  const served = await serveBuild(build)
  const page = await served.read(`/item/${promptId(4)}?order=build`)
  expect(page).toContain('the prompt was stopped before it had one')
  expect(page).not.toContain('action="/decide"')
  const stop = (await served.desk.rows.read([0, 1, 2, 3, 4])).find((row) => row.candidateId === null)
  const reply = await served.send('/decide', formOf(stop?.rowId ?? -1, null))
  expect([reply.status, await served.decisions()]).toEqual([400, []])
})

test('a decision about another text than the one on the screen is refused', async () => {
  const served = await serveBuild(build)
  const row = await rowIdOf(served, first.id)
  for (const form of [formOf(row, second.contentDigest), formOf(99, first.contentDigest), formOf(row, '')]) {
    const { status, body } = await served.send('/decide', form)
    expect([status, body.includes('nothing was saved')]).toEqual([400, true])
  }
  expect(await served.decisions()).toEqual([])
})

test('what all auditors said stands with the text, newest word last, and a conflict is said', async () => {
  const served = await serveBuild(build, {
    decisions: [
      makeWord(first, { by: 'ben', action: 'accept', reason: 'Fine as it is.', decidedAt: '2026-01-01T00:00:00.000Z' }),
      makeWord(first, { by: 'anna', action: 'reject', reason: 'It names a dose.' }),
    ],
  })
  const page = await served.read(`/item/${promptId(1)}?order=build`)
  expect(page).toContain('Auditors differ: the next build withholds this text while a reject stands.')
  expect(page.indexOf('ben accepted')).toBeLessThan(page.indexOf('you rejected'))
  expect(page).toContain('Fine as it is.')
})

test('a withdrawal is offered to whoever said something, and takes it back', async () => {
  let minutes = 0
  const now = (): string => new Date(Date.UTC(2026, 2, 1, 0, (minutes += 1))).toISOString()
  const served = await serveBuild(build, { now, decisions: [makeWord(first, { by: 'ben', action: 'accept' })] })
  const page = `/item/${promptId(1)}?order=build`
  expect(await served.read(page)).not.toContain('value="withdraw"')
  await decide(served, first, { action: 'reject' })
  expect(await served.read(page)).toContain('value="withdraw"')
  await decide(served, first, { action: 'withdraw', reason: 'I misread it.' })
  const after = await served.read(page)
  expect(after).toContain('Accepted by a person: the next build emits this text.')
  expect(after).toContain('you withdrew')
})

test('the last word counts, also where the clock was set back before it', async () => {
  const times = ['2026-02-03T04:05:06.000Z', '2026-02-03T03:59:00.000Z', '2026-02-03T03:59:01.000Z']
  const served = await serveBuild(build, { now: () => times.shift() ?? '' })
  for (const action of ['accept', 'reject', 'withdraw']) await decide(served, first, { action })
  const decisions = await served.decisions()
  expect(decisions.map(({ action, decidedAt }) => [action, decidedAt])).toEqual([
    ['accept', '2026-02-03T04:05:06.000Z'],
    ['reject', '2026-02-03T04:05:06.001Z'],
    ['withdraw', '2026-02-03T04:05:06.002Z'],
  ])
  expect(findStandingDecisions(decisions).all()).toEqual([])
})

test('a decision about a text that the prompt no longer has is shown as stale, with its words, and applied to nothing', async () => {
  const old = { ...first, contentDigest: 'a'.repeat(64) }
  const served = await serveBuild(build, {
    decisions: [makeWord(old, { by: 'ben', action: 'accept', reason: 'Well put.' })],
  })
  const page = await served.read(`/item/${promptId(1)}?order=build`)
  expect(page).toContain('Stale decisions')
  expect(page).toContain('Well put.')
  expect(page).not.toContain('Accepted by a person')
})

test('the decisions that a build knew are said on its rows', async () => {
  const ruling = {
    id: 'd_00000000000000000000',
    by: 'carol',
    decidedAt: '2026-01-01T00:00:00.000Z',
    reason: 'Good.',
    action: 'accept',
  } as const
  const served = await serveBuild({ samples: [makeAuditSample(1, { decisions: [ruling] })] })
  expect(await served.read(`/item/${promptId(1)}?order=build`)).toContain(
    'This build knew the decisions of carol (accept) and emitted the text.',
  )
})

test('the next build honours decisions made on the page: an overruled text is emitted, a rejected one withheld', async () => {
  const server = await startServer(createPlayModel())
  const project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(16) })
  const before = await buildWhole(project)
  const served = await serveFolder(before.path, project.store)
  const rows = await served.desk.rows.read(
    Array.from({ length: before.samples.length + before.rejected.length }, (_, n) => n),
  )
  const dropped = rows.find(
    ({ promptId, mode, code }) =>
      code === 'unsafe' && mode !== null && !rows.some((row) => row.promptId === promptId && row.status === 'accepted'),
  )
  const kept = rows.find(({ status }) => status === 'accepted')
  if (dropped === undefined || kept === undefined) throw new Error('expected an unsafe row and an accepted one')
  for (const [row, action] of [
    [dropped, 'accept'],
    [kept, 'reject'],
  ] as const) {
    await served.read(`/item/${row.promptId}?order=build`)
    const page = await served.read(`/item/${row.promptId}?order=build`)
    const token = /name="form-token" value="([^"]+)"/.exec(page)?.[1] ?? ''
    const body = new URLSearchParams({
      'form-token': token,
      ...formOf(row.rowId, row.contentDigest, { action, reason: 'As I read it.' }),
    }).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: served.origin }
    expect((await served.call('/decide', { method: 'POST', headers, body })).status).toBe(303)
  }
  const after = await buildWhole(project)
  // By its text: the model may have given it twice, and then either of the two candidates is the row.
  const emitted = after.samples.find((row) => row['prompt_id'] === dropped.promptId)
  expect(emitted?.['content_digest']).toBe(dropped.contentDigest)
  expect(JSON.stringify(emitted?.['decisions'])).toContain('As I read it.')
  const withheld = after.rejected.find((row) => row['candidate_id'] === kept.candidateId)
  expect([withheld?.['stage'], withheld?.['code']]).toEqual(['select', 'overruled'])
})
