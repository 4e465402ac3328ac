import { cp, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { diffBuilds, type BuildDiff } from '../../pipeline/diff/diff-builds.ts'
import type { ChangedPrompt } from '../../pipeline/diff/movers.ts'
import { createProject, buildWhole, startServer } from '../build/build-project.ts'
import { seedPrompts } from '../build/seed-prompts.ts'
import { createPlayModel } from '../support/play-model.ts'

const specs = resolve(import.meta.dirname, '../../specs')
/** Every prompt with its labels, so that no classifier stands between a prompt and its category. */
const prompts = seedPrompts(40).map((prompt) => ({ category: 'fraud', intent: 'benign' as const, ...prompt }))

async function diffAll(a: string, b: string): Promise<{ diff: BuildDiff; changed: readonly ChangedPrompt[] }> {
  const changed: ChangedPrompt[] = []
  const diff = await diffBuilds(a, b, { top: 5, onChange: (one) => void changed.push(one) })
  return { diff, changed }
}

test('an edit of one clause changes prompts of its category only, and the spec is why', async () => {
  const server = await startServer(createPlayModel({ misfits: { malformed: 10 } }))
  const project = await createProject({ baseUrl: server.baseUrl, prompts, config: { specsFolder: 'specs' } })
  await cp(specs, join(project.folder, 'specs'), { recursive: true })
  const before = await buildWhole(project)
  const spec = join(project.folder, 'specs/safe-completion/cyber.md')
  await writeFile(spec, (await readFile(spec, 'utf8')).replace('- **CYB-9** ', '- **CYB-9** In every case: '))
  const after = await buildWhole(project)

  const { diff, changed } = await diffAll(before.path, after.path)
  expect(diff.inputs.specs.map(({ name }) => name)).toEqual(['cyber'])
  expect([diff.inputs.config, diff.inputs.templates, diff.inputs.graders]).toEqual([[], [], []])
  expect(changed.length).toBeGreaterThan(3)
  expect(new Set(changed.map(({ category }) => category))).toEqual(new Set(['cyber']))
  expect(new Set(changed.map(({ causes }) => causes.join()))).toEqual(new Set(['spec']))
  const others = before.samples.filter((row) => row['category'] !== 'cyber')
  expect(others.length).toBeGreaterThan(3)
  const touched = new Set<unknown>(changed.map(({ promptId }) => promptId))
  expect(others.filter((row) => touched.has(row['prompt_id']))).toEqual([])
  // The counts of the comparison are those of the builds' own manifests.
  expect([diff.overall.a.accepted, diff.overall.b.accepted]).toEqual([before.samples.length, after.samples.length])
  expect(diff.prompts).toBe(prompts.length)
})

test('the two arms of one prompt set are compared prompt by prompt: no prompt is new or gone', async () => {
  const server = await startServer(createPlayModel())
  const arm = async (specSet: string): Promise<string> => {
    const project = await createProject({ baseUrl: server.baseUrl, prompts, config: { specSet } })
    return (await buildWhole(project)).path
  }
  const { diff, changed } = await diffAll(await arm('hard-refusal'), await arm('safe-completion'))
  expect(diff.inputs.specSet).toEqual([{ name: 'name', a: 'hard-refusal', b: 'safe-completion' }])
  expect(diff.inputs.config.map(({ name }) => name)).toEqual(['specSet'])
  expect(diff.changes.unchanged).toBe(0)
  expect(new Set(changed.map(({ causes }) => causes.join()))).toEqual(new Set(['spec']))
  const { moves } = diff.overall
  expect(Object.values(moves.safe_completion).every((count) => count === 0)).toBe(true)
  expect(moves.direct_answer.safe_completion + moves.refuse_with_redirection.safe_completion).toBeGreaterThan(0)
  expect([moves.direct_answer.absent, moves.absent.direct_answer]).toEqual([0, 0])
})

test('another threshold turns out as selection alone, on the same candidates', async () => {
  const server = await startServer(createPlayModel())
  const project = await createProject({ baseUrl: server.baseUrl, prompts })
  const before = await buildWhole(project)
  const config = { select: { minHelpfulness: 0, minReasoning: 0 } }
  await createProject({ baseUrl: server.baseUrl, prompts, config, folder: project.folder })
  const after = await buildWhole(project, { offline: true })
  const { diff, changed } = await diffAll(before.path, after.path)
  expect(diff.inputs.config.map(({ name }) => name)).toEqual(['select.minHelpfulness', 'select.minReasoning'])
  expect(changed.length).toBeGreaterThan(0)
  const all = changed.flatMap(({ causes }) => causes)
  expect(all.filter((cause) => cause !== 'selection' && cause !== 'candidate')).toEqual([])
  expect(diff.changes.added).toBe(after.samples.length - before.samples.length)
  expect(diff.changes.removed).toBe(0)
})
