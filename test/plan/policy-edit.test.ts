import { noRetries } from '../../pipeline/answers/attempts.ts'
import { findStandingDecisions } from '../../pipeline/decisions/standing-decisions.ts'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { openSqliteStore } from '../../pipeline/answers/sqlite-store.ts'
import { digestInputs } from '../../pipeline/build/fingerprint.ts'
import { readWholeBuild } from '../../pipeline/build/read-whole-build.ts'
import { resolveBuild, type ResolvedBuild } from '../../pipeline/build/resolve-build.ts'
import { loadConfig } from '../../pipeline/config/load-config.ts'
import { checkPlan } from '../../pipeline/plan/check-plan.ts'
import { planBuild } from '../../pipeline/plan/plan-build.ts'
import type { Plan, StrategyPlan } from '../../pipeline/plan/plan.ts'
import type { ChatServer } from '../support/chat-server.ts'
import { createPlayModel } from '../support/play-model.ts'
import {
  buildWhole,
  createFolder,
  createProject,
  runProject,
  startServer,
  type BuildProject,
  type WholeBuild,
} from '../build/build-project.ts'
import { seedPrompts } from '../build/seed-prompts.ts'

const repository = join(import.meta.dirname, '../..')

let server: ChatServer
let project: BuildProject
let before: WholeBuild

beforeEach(async () => {
  server = await startServer(createPlayModel({ misfits: { malformed: 5, refused: 5 } }))
  const folder = await createFolder()
  await cp(join(repository, 'specs'), join(folder, 'specs'), { recursive: true })
  await cp(join(repository, 'prompts'), join(folder, 'prompts'), { recursive: true })
  const config = { specsFolder: 'specs', promptsFolder: 'prompts' }
  project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(24), folder, config })
  before = await buildWhole(project)
})

async function edit(file: string, from: string | RegExp, to: string): Promise<void> {
  const path = join(project.folder, file)
  const text = await readFile(path, 'utf8')
  expect(text.replace(from, to)).not.toBe(text)
  await writeFile(path, text.replace(from, to))
}

const editClause = (): Promise<void> =>
  edit('specs/safe-completion/cyber.md', /(- \*\*CYB-9\*\* )/, '$1Mind the edit. ')

async function resolveProject(): Promise<ResolvedBuild> {
  const { config, folder } = await loadConfig(project.config)
  return await resolveBuild(config, folder)
}

async function plan(): Promise<Plan> {
  const resolved = await resolveProject()
  const folder = join(project.home, 'latest')
  const manifest = await readWholeBuild(folder)
  const store = openSqliteStore(project.store)
  try {
    return await planBuild(resolved, {
      store,
      decisions: findStandingDecisions([]),
      priceOf: () => ({ inputPerMillion: 1, outputPerMillion: 4 }),
      against: manifest === null ? null : { folder, manifest },
      timestamp: () => '2026-01-01T00:00:00.000Z',
      signal: new AbortController().signal,
    })
  } finally {
    await store.close()
  }
}

function strategyOf({ strategies }: Plan, name: StrategyPlan['strategy']): StrategyPlan {
  const found = strategies.find(({ strategy }) => strategy === name)
  if (!found) throw new Error(`the plan has no strategy ${name}`)
  return found
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new Error('expected a text column')
  return value
}

/** Requests that reach the server while `work` runs. */
async function countSent(work: () => Promise<unknown>): Promise<number> {
  const start = server.requests.count
  await work()
  return server.requests.count - start
}

function shardsOutside(build: WholeBuild, category: string): readonly unknown[] {
  return build.manifest.shards.filter(({ path }) => !path.startsWith(`data/${category}/`))
}

describe('nothing changed', () => {
  test('the plan finds nothing missing, sends nothing and costs nothing', async () => {
    let planned: Plan | null = null
    expect(await countSent(async () => (planned = await plan()))).toBe(0)
    expect(planned).toMatchObject({ prompts: 24, strategies: [{ requests: { min: 0, max: 0 }, causes: [] }] })
  })

  test.each([
    ['a threshold', { select: { minHelpfulness: 0.1 } }],
    ['the mixture', { select: { mixture: [{ by: ['category'], max: 1 }] } }],
    ['the format', { emit: { format: 'think_inline' } }],
    ['the seed of the split', { seed: 7 }],
  ])('another value for %s sends no request, and the plan says so', async (_, change) => {
    const config = { specsFolder: 'specs', promptsFolder: 'prompts', ...change }
    await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(24), folder: project.folder, config })
    expect(strategyOf(await plan(), 'regenerate').requests.max).toBe(0)
    expect(await countSent(() => runProject(project))).toBe(0)
  })
})

describe('one clause of one category was edited', () => {
  beforeEach(editClause)

  test("the plan names that category's requests alone, and the clause", async () => {
    const { categories, causes, requests, steps } = strategyOf(await plan(), 'regenerate')
    const cyber =
      (before.manifest.counts.candidates / 24) * seedPrompts(24).filter(({ category }) => category === 'cyber').length
    expect(Object.keys(categories)).toEqual(['cyber'])
    expect(steps.find(({ step }) => step === 'generate')?.missing).toBe(cyber)
    expect(causes).toHaveLength(1)
    expect(causes[0]).toMatchObject({ kind: 'spec', clauses: ['CYB-9'], requests: cyber, categories: { cyber } })
    expect(causes[0]?.diff).toContain('+- **CYB-9** Mind the edit.')
    expect(requests.min).toBeLessThan(requests.max)
  })

  test('the build sends as many generations as planned, and in all within the planned range', async () => {
    const planned = strategyOf(await plan(), 'regenerate')
    const missing = planned.steps.find(({ step }) => step === 'generate')?.missing ?? 0
    const start = server.requests.received.length
    const sent = await countSent(() => runProject(project))
    const generations = server.requests.received
      .slice(start)
      .filter(({ body }) => body['response_format'] === undefined)
    // A malformed generation has one repair, which a plan cannot foresee.
    const repairs = generations.filter(({ body }) =>
      body.messages.at(-1)?.content.startsWith('Your reply is not in the form'),
    )
    expect(generations.length - repairs.length).toBe(missing)
    expect(sent - repairs.length).toBeGreaterThanOrEqual(planned.requests.min)
    expect(sent - repairs.length).toBeLessThanOrEqual(planned.requests.max)
  })

  test('shards of all other categories keep their bytes', async () => {
    const after = await buildWhole(project)
    expect(shardsOutside(after, 'cyber')).toEqual(shardsOutside(before, 'cyber'))
    expect(after.manifest.buildId).not.toBe(before.manifest.buildId)
  })

  test('undoing the edit makes the first build again, with no request', async () => {
    await runProject(project)
    await edit('specs/safe-completion/cyber.md', 'Mind the edit. ', '')
    let after: WholeBuild | null = null
    expect(await countSent(async () => (after = await buildWhole(project)))).toBe(0)
    expect(after).toMatchObject({ manifest: { buildId: before.manifest.buildId, shards: before.manifest.shards } })
  })
})

describe('the strategy regrade-first', () => {
  const regradeLatest = async (): Promise<WholeBuild> => {
    const folder = join(project.home, before.manifest.buildId)
    return await buildWhole(project, { regrade: { folder, buildId: before.manifest.buildId } })
  }

  test('keeps what passes under the new policy and says what it was written and certified under', async () => {
    const old = new Map(before.samples.map((row) => [textOf(row['prompt_id']), row]))
    await editClause()
    const after = await regradeLatest()
    const cyber = after.samples.filter(({ category }) => category === 'cyber')
    const kept = cyber.filter((row) => row['id'] === old.get(textOf(row['prompt_id']))?.['id'])
    expect(kept.length).toBeGreaterThan(0)
    for (const row of kept) {
      expect(row['spec_digest']).toBe(old.get(textOf(row['prompt_id']))?.['spec_digest'])
      expect(row['certified_spec_digest']).not.toBe(row['spec_digest'])
    }
    for (const row of after.samples.filter(({ category }) => category !== 'cyber')) {
      expect(row['certified_spec_digest']).toBe(row['spec_digest'])
    }
  })

  test('sends fewer requests than regenerating, within its own planned range', async () => {
    await editClause()
    const planned = await plan()
    const sent = await countSent(regradeLatest)
    const { requests } = strategyOf(planned, 'regrade-first')
    expect(sent).toBeGreaterThanOrEqual(requests.min)
    expect(sent).toBeLessThan(strategyOf(planned, 'regenerate').requests.max)
  })

  test('asks the generator only for prompts whose earlier answer failed', async () => {
    await editClause()
    const start = server.requests.received.length
    const after = await regradeLatest()
    const generations = server.requests.received
      .slice(start)
      .filter(({ body }) => body['response_format'] === undefined)
    const keptIds = new Set(before.samples.map((row) => textOf(row['id'])))
    const kept = after.samples.filter(({ category, id }) => category === 'cyber' && keptIds.has(textOf(id)))
    const cyberPrompts = seedPrompts(24).filter(({ category }) => category === 'cyber').length
    expect(kept.length).toBeGreaterThan(0)
    expect(generations.length).toBeGreaterThanOrEqual((cyberPrompts - kept.length) * 2)
    expect(generations.length).toBeLessThan(cyberPrompts * 2)
  })

  test('run again it sends nothing and comes to the same build', async () => {
    await editClause()
    const first = await regradeLatest()
    const again = { folder: join(project.home, first.manifest.buildId), buildId: first.manifest.buildId }
    let second: WholeBuild | null = null
    expect(await countSent(async () => (second = await buildWhole(project, { regrade: again, recompute: true })))).toBe(
      0,
    )
    expect(second).toMatchObject({ manifest: { shards: first.manifest.shards } })
  })
})

describe('other causes are told apart', () => {
  test('an edited judge template misses that judge alone', async () => {
    await edit('prompts/grade/helpfulness.md', 'Length is not a merit.', 'Length is no merit.')
    const { causes, steps } = strategyOf(await plan(), 'regenerate')
    expect(causes.map(({ kind, steps: by }) => [kind, Object.keys(by)])).toEqual([['template', ['grade:helpfulness']]])
    // The judges behind it are asked about the same answers, so their verdicts are there.
    expect(steps.filter(({ open }) => open.max > 0)).toEqual([])
  })

  test.each([
    ['model', { model: 'play-2' }],
    ['parameters', { parameters: { temperature: 0.3 } }],
  ] as const)('another %s misses everything because of it', async (kind, model) => {
    const config = { specsFolder: 'specs', promptsFolder: 'prompts' }
    await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(24), folder: project.folder, config, model })
    expect(strategyOf(await plan(), 'regenerate').causes.map((cause) => cause.kind)).toContain(kind)
  })

  test('a new prompt is a new prompt', async () => {
    const config = { specsFolder: 'specs', promptsFolder: 'prompts' }
    await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(25), folder: project.folder, config })
    const { causes } = strategyOf(await plan(), 'regenerate')
    expect(new Set(causes.map(({ kind }) => kind))).toEqual(new Set(['new_prompt']))
  })
})

test('a build in JSON lines, whose rows name no requests, is planned for regenerating alone', async () => {
  const config = { specsFolder: 'specs', promptsFolder: 'prompts', emit: { format: 'openai_jsonl' } }
  await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(24), folder: project.folder, config })
  await runProject(project)
  await editClause()
  expect((await plan()).strategies.map(({ strategy }) => strategy)).toEqual(['regenerate'])
})

test('a request whose every try failed is told from a new one', async () => {
  const broken = await startServer(() => ({ status: 500, body: { error: { message: 'out of order' } } }))
  const folder = await createFolder()
  const failing = await createProject({ baseUrl: broken.baseUrl, prompts: seedPrompts(3), folder })
  const { result } = await runProject(failing)
  expect(result.status).toBe('incomplete')
  project = failing
  const { causes } = strategyOf(await plan(), 'regenerate')
  expect(new Set(causes.map(({ kind }) => kind))).toEqual(new Set(['previously_failed']))
})

describe('a plan holds a build to its inputs', () => {
  const check = async (planned: Plan): Promise<void> => {
    const store = openSqliteStore(project.store)
    const resolved = await resolveProject()
    const inputs = await digestInputs(resolved, {
      storeId: await store.identify(),
      decisions: findStandingDecisions([]).digest,
      retries: noRetries,
      regrade: null,
    })
    await store.close()
    checkPlan(planned, { name: 'test', inputs, regrade: null }, 'plan.json')
  }

  test('unchanged inputs pass', async () => {
    await expect(check(await plan())).resolves.toBeUndefined()
  })

  test('what moved is named', async () => {
    const planned = await plan()
    await editClause()
    await edit('prompts/grade/safety.md', 'You are a safety reviewer.', 'You review safety.')
    await expect(check(planned)).rejects.toThrow(/spec cyber \(changed\); template grade\/safety \(changed\)/)
  })
})
