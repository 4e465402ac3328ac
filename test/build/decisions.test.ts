import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { decideAbout } from '../../pipeline/audit/decide.ts'
import { openSqliteDecisions } from '../../pipeline/answers/sqlite-decisions.ts'
import { verifyBuild } from '../../pipeline/build/verify-build.ts'
import type { Decision } from '../../pipeline/records/decision.ts'
import type { ShardRow } from '../../pipeline/shards/shard-writer.ts'
import { runCli } from '../cli/run-cli.ts'
import { decide as decideText } from '../decisions/make-decisions.ts'
import type { ChatBody, ChatServer, Scripted } from '../support/chat-server.ts'
import { createPlayModel } from '../support/play-model.ts'
import {
  buildWhole,
  createFolder,
  createProject,
  digestShards,
  runProject,
  startServer,
  type BuildProject,
  type WholeBuild,
} from './build-project.ts'
import { seedPrompts } from './seed-prompts.ts'

const repository = join(import.meta.dirname, '../..')

let server: ChatServer
let project: BuildProject
let before: WholeBuild

beforeEach(async () => {
  server = await startServer(createDrawingModel())
  const folder = await createFolder()
  await cp(join(repository, 'specs'), join(folder, 'specs'), { recursive: true })
  await cp(join(repository, 'prompts'), join(folder, 'prompts'), { recursive: true })
  const config = { specsFolder: 'specs', promptsFolder: 'prompts' }
  project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(30), folder, config })
  before = await buildWhole(project)
})

/**
 * The play model, but the second draw of a generation has another text, as two candidates of a real model have; about the
 * kiln the safety judge gives no verdict, and about the canoe the mode judge sees another mode.
 */
function createDrawingModel(): (body: ChatBody, n: number) => Scripted {
  const play = createPlayModel({ misfits: { malformed: 15 } })
  const seen = new Set<string>()
  return (body, n) => {
    const reply = play(body, n)
    if (!('content' in reply) || reply.content === null || reply.content === undefined) return reply
    const key = JSON.stringify(body.messages)
    if (reply.content.includes('"compliance"') && key.includes('Our kiln'))
      return { content: 'I would rather not say.' }
    if (reply.content.includes('"mode"') && key.includes('Our canoe')) return { content: changeMode(reply.content) }
    const isSecond = seen.has(key)
    seen.add(key)
    return isSecond ? { ...reply, content: reply.content.replace('</answer>', 'So much for that.\n</answer>') } : reply
  }
}

function changeMode(content: string): string {
  const other = content.includes('direct_answer') ? 'safe_completion' : 'direct_answer'
  return JSON.stringify({ rationale: 'By what it does.', mode: other })
}

let minute = 0
async function decide(row: ShardRow, action: Decision['action'], by = 'ana'): Promise<Decision> {
  minute += 1
  const decidedAt = new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString()
  const decision = decideAbout(row, before.manifest, { action, by, reason: `${action} by ${by}`, decidedAt })
  const store = openSqliteDecisions(project.store)
  await store.add([decision])
  await store.close()
  return decision
}

/** A rejected candidate with this code, and the row of its prompt if there is one. */
function rejectedAs(code: string, build = before): ShardRow {
  const found = build.rejected.find((row) => row['code'] === code && row['candidate_id'] !== null)
  if (found === undefined) throw new Error(`expected a candidate rejected as ${code}`)
  return found
}

function rowOf(build: WholeBuild, promptId: unknown): ShardRow | undefined {
  return build.samples.find((row) => row['prompt_id'] === promptId)
}

function acceptedRow(build = before): ShardRow {
  const [row] = build.samples
  if (row === undefined) throw new Error('expected an accepted row')
  return row
}

async function editSpec(): Promise<void> {
  const path = join(project.folder, 'specs/safe-completion/cyber.md')
  const text = await readFile(path, 'utf8')
  await writeFile(path, text.replace('- **CYB-9** ', '- **CYB-9** Mind the edit. '))
}

describe('an accept', () => {
  test.each(['unsafe', 'mode_mismatch', 'unhelpful', 'ungraded', 'outranked'])(
    'of a candidate rejected as %s makes it the row of its prompt, without a request, with the decision in the row',
    async (code) => {
      const row = rejectedAs(code)
      const decision = await decide(row, 'accept')
      const sent = server.requests.count
      const after = await buildWhole(project)
      expect(server.requests.count).toBe(sent)
      const now = rowOf(after, row['prompt_id'])
      expect(now).toMatchObject({ id: row['candidate_id'], content_digest: row['content_digest'] })
      expect(now?.['decisions']).toBe(
        JSON.stringify([
          { action: 'accept', by: 'ana', decidedAt: decision.decidedAt, id: decision.id, reason: 'accept by ana' },
        ]),
      )
      expect(after.manifest.counts.decisions).toMatchObject({ emitted: 1 })
      expect((await verifyBuild(after.path)).problems).toEqual([])
    },
  )

  test('of an ungraded candidate leaves its scores unknown instead of inventing them', async () => {
    const row = before.rejected.find((one) => one['code'] === 'ungraded' && one['safety'] === null)
    if (row === undefined) throw new Error('expected a candidate that the safety judge could not grade')
    await decide(row, 'accept')
    const now = rowOf(await buildWhole(project), row['prompt_id'])
    expect(now).toMatchObject({ safety: null, severity: null, reward: null, failed_graders: ['safety'] })
  })

  test('stands above every cap of the mixture, and fills it first', async () => {
    const row = rejectedAs('unsafe')
    await decide(row, 'accept')
    const config = await readFile(project.config, 'utf8')
    await writeFile(project.config, `${config}\nselect: { mixture: [{ max: 3 }] }\n`)
    const after = await buildWhole(project)
    expect(after.samples).toHaveLength(3)
    expect(rowOf(after, row['prompt_id'])).toBeDefined()
    await writeFile(project.config, `${config}\nselect: { mixture: [{ max: 0 }] }\n`)
    expect((await buildWhole(project)).samples.map((one) => one['prompt_id'])).toEqual([row['prompt_id']])
  })

  test('of a reply without an answer is refused, with a remedy', async () => {
    await expect(decide(rejectedAs('malformed'), 'accept')).rejects.toMatchObject({ code: 'decision' })
  })
})

describe('a reject', () => {
  test('withholds the row as overruled and lets the next best candidate of its prompt take its place', async () => {
    const loser = rejectedAs('outranked')
    const winner = rowOf(before, loser['prompt_id'])
    if (winner === undefined) throw new Error('expected the row that outranked it')
    await decide(winner, 'reject')
    const after = await buildWhole(project)
    expect(rowOf(after, loser['prompt_id'])?.['id']).toBe(loser['candidate_id'])
    const withheld = after.rejected.find((row) => row['candidate_id'] === winner['id'])
    expect(withheld).toMatchObject({ stage: 'select', code: 'overruled' })
    expect(withheld?.['detail']).toContain('reject by ana')
    expect(after.manifest.counts.decisions).toMatchObject({ withheld: 1 })
  })

  test('outweighs an accept of another auditor until it is withdrawn', async () => {
    const row = acceptedRow()
    await decide(row, 'accept', 'ana')
    await decide(row, 'reject', 'ben')
    const conflict = await buildWhole(project)
    expect(conflict.samples.map(({ id }) => id)).not.toContain(row['id'])
    expect(conflict.manifest.counts.decisions).toMatchObject({ conflicting: 1 })
    expect(conflict.rejected.find((one) => one['candidate_id'] === row['id'])?.['detail']).toContain('accepted by ana')
    await decide(row, 'withdraw', 'ben')
    const after = await buildWhole(project)
    expect(after.samples.map(({ id }) => id)).toContain(row['id'])
    expect(after.manifest.counts.decisions).toMatchObject({ conflicting: 0, emitted: 1 })
  })
})

test('taking a decision back gives the build from before, byte for byte', async () => {
  const shards = await digestShards(join(before.path, 'data'))
  await decide(acceptedRow(), 'reject')
  const between = await buildWhole(project)
  expect(await digestShards(join(between.path, 'data'))).not.toEqual(shards)
  await decide(acceptedRow(), 'withdraw')
  const after = await buildWhole(project)
  expect(after.manifest.buildId).toBe(before.manifest.buildId)
  expect(await digestShards(join(after.path, 'data'))).toEqual(shards)
})

test('a flag or a comment changes no build; an accept or a reject keeps the shortcut of an unchanged one from being taken', async () => {
  await decide(acceptedRow(), 'flag')
  await decide(acceptedRow(), 'comment')
  const { result } = await runProject(project)
  expect(result.status).toBe('unchanged')
  await decide(acceptedRow(), 'reject')
  expect((await runProject(project)).result.status).toBe('published')
  expect((await runProject(project)).result.status).toBe('unchanged')
})

test('a decision that changes no row is counted alike by the run that finds it and by those after it', async () => {
  const store = openSqliteDecisions(project.store)
  const promptId = acceptedRow()['prompt_id']
  if (typeof promptId !== 'string') throw new Error('expected the id of a prompt')
  await store.add([decideText(1, 'accept', 'ana', 1, { promptId, contentDigest: 'f'.repeat(64) })])
  await store.close()
  for (let run = 0; run < 2; run += 1) {
    const { result } = await runProject(project)
    expect(result.status).toBe('unchanged')
    expect(result.counts.decisions).toMatchObject({ stale: 1 })
  }
})

describe('after a policy edit', () => {
  const rejectCyber = async (): Promise<ShardRow> => {
    const row = before.samples.find((one) => one['category'] === 'cyber')
    if (row === undefined) throw new Error('expected a row of the edited category')
    await decide(row, 'reject')
    return row
  }

  test('a decision whose text was written anew is stale: counted, listed, and not applied to the new text', async () => {
    const row = await rejectCyber()
    await editSpec()
    const after = await buildWhole(project)
    expect(after.manifest.counts.decisions).toMatchObject({ stale: 1, withheld: 0 })
    const fresh = [...after.samples, ...after.rejected].filter((one) => one['prompt_id'] === row['prompt_id'])
    expect(fresh.map((one) => one['decisions'])).toEqual(fresh.map(() => '[]'))
    const { stdout, code } = await runCli(['audit', 'list', '-c', project.config, '--effect', 'stale', '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject([{ candidateId: row['id'], effect: 'stale', isPolicyEdited: true }])
  })

  test('a decision outlives a regrading: the kept text is still withheld, and an accepted one still a row', async () => {
    const rejected = await rejectCyber()
    const failed = before.rejected.find(
      (one) => one['category'] === 'cyber' && one['mode'] !== null && one['prompt_id'] !== rejected['prompt_id'],
    )
    if (failed === undefined) throw new Error('expected a rejected candidate of the edited category')
    await decide(failed, 'accept')
    const decided = await buildWhole(project)
    await editSpec()
    const { path: folder, manifest } = decided
    const after = await buildWhole(project, { regrade: { folder, buildId: manifest.buildId } })
    expect(rowOf(after, failed['prompt_id'])?.['id']).toBe(failed['candidate_id'])
    expect(after.samples.map(({ id }) => id)).not.toContain(rejected['id'])
    expect(after.manifest.counts.decisions).toMatchObject({ emitted: 1 })
  })
})

describe('the commands about decisions', () => {
  test('decide, list, stats and export say what stands; a file of the config carries it to another store', async () => {
    const [accepted, unsafe] = [acceptedRow(), rejectedAs('unsafe')]
    const target = ['-c', project.config]
    const decideBy = (row: unknown, action: string, by: string) =>
      runCli(['audit', 'decide', String(row), action, '--reason', 'told', '--by', by, ...target])
    expect((await decideBy(accepted['id'], 'reject', 'ana')).code).toBe(0)
    expect((await decideBy(unsafe['candidate_id'], 'accept', 'ana')).code).toBe(0)
    expect((await decideBy(unsafe['candidate_id'], 'accept', 'ben')).code).toBe(0)
    const differing = await decideBy(accepted['id'], 'accept', 'cy')
    expect(differing.stdout).toContain('auditors differ')
    expect((await decideBy(accepted['id'], 'withdraw', 'cy')).code).toBe(0)
    expect(await decideBy('c_00000000000000000000', 'reject', 'ana')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('expected a candidate of the build'),
    })
    expect(JSON.parse((await runCli(['audit', 'list', '--json', ...target])).stdout)).toMatchObject([
      { effect: 'pending', standing: { verdict: 'reject' } },
      { effect: 'pending', standing: { verdict: 'accept' } },
    ])
    await buildWhole(project)
    const stats: unknown = JSON.parse((await runCli(['audit', 'stats', '--json', ...target])).stdout)
    expect(stats).toMatchObject({
      texts: { decided: 2, shared: 1, conflicts: 0 },
      agreement: [{ auditors: ['ana', 'ben'], agreement: { examples: 1, accuracy: { value: 1 } } }],
      build: { effects: { emitted: 1, withheld: 1 } },
    })
    // People: one accept, one reject; the safety judge failed the first and passed the second.
    expect(stats).toHaveProperty(
      'build.graders',
      expect.arrayContaining([
        expect.objectContaining({
          grader: 'safety',
          agreement: expect.objectContaining({
            matrix: [
              [0, 1],
              [1, 0],
            ],
          }),
        }),
      ]),
    )

    const file = join(project.folder, 'decisions.jsonl')
    expect((await runCli(['audit', 'export', file, ...target])).stdout).toContain('5 decisions written')
    const printed = await runCli(['audit', 'export', '-', ...target])
    expect(printed.stdout).toBe(await readFile(file, 'utf8'))
    expect((await runCli(['audit', 'export', ...target])).stdout).toBe(printed.stdout)
    const config = await readFile(project.config, 'utf8')
    await writeFile(project.config, `${config}\ndecisions: decisions.jsonl\nstore: other.db\n`)
    const elsewhere = await buildWhole(project)
    expect(elsewhere.manifest.counts.decisions).toMatchObject({ emitted: 1, withheld: 1 })
    expect((await runCli(['audit', 'import', file, ...target])).stdout).toContain('0 decisions added, 5 known already')
  })

  test('a plan that was made before a decision does not hold any more', async () => {
    const plan = join(project.folder, 'plan.json')
    expect((await runCli(['plan', project.config, '--out', plan])).code).toBe(0)
    await decide(acceptedRow(), 'reject')
    expect(await runCli(['build', project.config, '--plan', plan, '--offline'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("the auditors' decisions"),
    })
  })

  test('a store merge carries decisions along', async () => {
    await decide(acceptedRow(), 'reject')
    const other = join(project.folder, 'other.db')
    const { stdout } = await runCli(['store', 'merge', other, project.store])
    expect(stdout).toContain('1 decisions added')
    const store = openSqliteDecisions(other, 'read')
    expect(await store.list()).toHaveLength(1)
    await store.close()
  })
})
