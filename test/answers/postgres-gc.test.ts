import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { StoredAnswer } from '../../pipeline/answers/answer-store.ts'
import { openPostgresDecisions } from '../../pipeline/answers/postgres-decisions.ts'
import { openPostgresHousekeeping } from '../../pipeline/answers/postgres-housekeeping.ts'
import { openPostgresStore } from '../../pipeline/answers/postgres-store.ts'
import { digestText } from '../../pipeline/answers/request-digest.ts'
import { toAsync } from '../../pipeline/stages/row-streams.ts'
import { createProject, digestShards, startServer } from '../build/build-project.ts'
import { seedPrompts } from '../build/seed-prompts.ts'
import { runCli } from '../cli/run-cli.ts'
import { decide } from '../decisions/make-decisions.ts'
import { collect } from '../shards/temporary-folder.ts'
import { createPlayModel } from '../support/play-model.ts'
import { describeOnPostgres } from '../support/describe-on-postgres.ts'
import { runSql } from '../support/postgres.ts'
import { makeEntries, makeEntry } from './stored-answers.ts'

type Target = Parameters<typeof openPostgresStore>[0]

async function putAll(target: Target, entries: readonly StoredAnswer[]): Promise<void> {
  const store = await openPostgresStore(target)
  await Promise.all(entries.map((entry) => store.put(entry)))
  await store.close()
}

async function identify(target: Target): Promise<string> {
  const store = await openPostgresStore(target)
  const id = await store.identify()
  await store.close()
  return id
}

async function listDigests(target: Target): Promise<readonly string[]> {
  const store = await openPostgresHousekeeping(target, 'read')
  const entries = await collect(store.entries())
  await store.close()
  return entries.map(({ digest }) => digest)
}

/** As `store gc` does, for stores without builds. Gives how many were kept for people's sake. */
async function keepOnly(target: Target, kept: readonly StoredAnswer[]): Promise<number> {
  const store = await openPostgresHousekeeping(target, 'alone')
  try {
    await store.noteUse(toAsync(kept.map(({ digest }) => digest)))
    const peoples = await store.notePeoplesUse()
    await store.dropUnused()
    return peoples
  } finally {
    await store.close()
  }
}

describeOnPostgres('a gc on PostgreSQL', { timeout: 120_000 }, (postgres) => {
  const createTarget = async (): Promise<Target> => ({
    url: await postgres.createDatabase(),
    name: 'postgres:TEST_URL',
  })

  test('drops answers with their surplus and the texts that nobody quotes any more, and no others', async () => {
    const target = await createTarget()
    const entries = makeEntries(6)
    const [first, second] = entries
    if (first === undefined || second === undefined) throw new Error('expected entries')
    // A user who writes what a stored system message looks like quotes nothing, and a NUL breaks nothing.
    const text = digestText('System 2')
    const posing = `"role":"system","content":"${text}" \u0000`
    const poser = makeEntry({ messages: [{ role: 'user', content: posing }] }, posing)
    await putAll(target, [...entries, poser])
    await putAll(
      target,
      entries.map((one) => ({ ...one, answer: { ...one.answer, text: 'again' } })),
    )
    const before = await identify(target)
    const counts = await openPostgresHousekeeping(target, 'read')
    await counts.noteUse(toAsync([first, second, poser].map(({ digest }) => digest)))
    expect(await counts.countUnused('2026-01-02T03:04:05.000Z')).toMatchObject({
      answers: 4,
      newer: 0,
      surplus: 4,
      texts: 1,
    })
    await counts.close()
    expect(await keepOnly(target, [first, second, poser])).toBe(0)
    expect(await listDigests(target)).toEqual([first.digest, second.digest, poser.digest].toSorted())
    expect(await runSql(target.url, 'SELECT text FROM safe_completions.texts ORDER BY text')).toEqual([
      { text: '"System 0"' },
      { text: '"System 1"' },
    ])
    expect(await runSql(target.url, 'SELECT count(*)::int AS n FROM safe_completions.surplus_answers')).toEqual([
      { n: 2 },
    ])
    const after = await identify(target)
    expect(after).not.toBe(before)
    expect(await keepOnly(target, [first, second, poser])).toBe(0)
    expect(await identify(target)).toBe(after)
    await putAll(target, entries)
    const store = await openPostgresHousekeeping(target, 'read')
    expect(new Set(await collect(store.entries()))).toEqual(new Set([...entries, poser]))
    await store.close()
  })

  test('keeps what auditors decided about with its repair, what judges said when calibrated, and what prompts were made from', async () => {
    const target = await createTarget()
    const [calibrated, made, other] = makeEntries(3)
    if (calibrated === undefined || made === undefined || other === undefined) throw new Error('expected entries')
    const first = makeEntry({ messages: [{ role: 'user', content: 'a decided question' }] })
    const turns = [
      { role: 'assistant', content: 'a reply out of form' },
      { role: 'user', content: 'Say it again in form.' },
    ] as const
    const repair = makeEntry({ messages: [...first.request.messages, ...turns] })
    const unrelated = makeEntry({ messages: [{ role: 'user', content: 'another question' }, ...turns] })
    await putAll(target, [
      { ...calibrated, step: 'calibrate:safety' },
      { ...made, step: 'synthesize:write' },
      other,
      first,
      repair,
      unrelated,
    ])
    const decisions = await openPostgresDecisions(target)
    await decisions.add([decide(1, 'accept', 'ana', 1, { candidateId: `c_${first.digest.slice(0, 20)}` })])
    await decisions.close()
    expect(await keepOnly(target, [])).toBe(4)
    expect(await listDigests(target)).toEqual([calibrated, made, first, repair].map(({ digest }) => digest).toSorted())
  })

  test('is refused while anything has the store open, idle or not, and changes nothing when it is broken off', async () => {
    const target = await createTarget()
    await putAll(target, makeEntries(3))
    const open = await openPostgresStore({ ...target, url: `${target.url}&application_name=other` })
    await expect(keepOnly(target, [])).rejects.toThrow('to have the store alone')
    await open.close()
    const broken = await openPostgresHousekeeping(target, 'alone')
    await broken.close()
    expect(await listDigests(target)).toHaveLength(3)
    await keepOnly(target, [])
    expect(await listDigests(target)).toEqual([])
  })

  test('a store whose connections were cut meanwhile puts a dropped text again', async () => {
    const target = await createTarget()
    const [first, second] = makeEntries(4).filter((_, n) => n % 3 === 0)
    if (first === undefined || second === undefined) throw new Error('expected two entries of one text')
    const open = await openPostgresStore(target)
    await open.put(first)
    await runSql(
      target.url,
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    )
    await keepOnly(target, [])
    await open.put(second)
    expect(await open.find(second.digest)).toEqual(second)
    await open.close()
  })

  test('frees what a dropped build alone used; the other one builds offline to the same bytes', async () => {
    const server = await startServer(createPlayModel())
    const env = { ANSWERS_URL: await postgres.createDatabase() }
    const store = { postgres: { urlEnv: 'ANSWERS_URL' } }
    const prompts = seedPrompts(15)
    const options = { baseUrl: server.baseUrl }
    const first = await createProject({ ...options, prompts: prompts.slice(0, 10), config: { name: 'first', store } })
    expect((await runCli(['build', first.config], { env })).code).toBe(0)
    const second = { ...options, prompts: prompts.slice(5), config: { name: 'second', store }, folder: first.folder }
    const { config, folder } = await createProject(second)
    expect((await runCli(['build', config], { env })).code).toBe(0)
    const builds = join(folder, 'builds')
    const before = await digestShards(join(builds, 'second/latest/'))
    await rm(join(builds, 'first'), { recursive: true })
    const gc = async (...args: readonly string[]) =>
      await runCli(['store', 'gc', 'postgres:ANSWERS_URL', '--builds', builds, ...args], { env })
    expect((await gc()).stdout).toMatch(/would drop [1-9]\d* answers[^]*nothing was changed/)
    expect((await gc('--yes')).stdout).toMatch(/dropping [1-9]\d* answers[^]*done/)
    expect((await gc('--yes')).stdout).toMatch(/dropping 0 answers/)
    await rm(join(builds, 'second'), { recursive: true })
    const again = await runCli(['build', config, '--offline'], { env })
    expect(again.code, again.stderr).toBe(0)
    expect(await digestShards(join(builds, 'second/latest/'))).toEqual(before)
  })
})
