import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { verifyBuild } from '../../pipeline/build/verify-build.ts'
import { tokenColumns } from '../../pipeline/shards/sample-columns.ts'
import type { ChatBody, Scripted } from '../support/chat-server.ts'
import { createPlayModel } from '../support/play-model.ts'
import {
  buildWhole,
  createFolder,
  createProject,
  runProject,
  startServer,
  type ProjectOptions,
} from './build-project.ts'
import { seedPrompts } from './seed-prompts.ts'

const lenient = { minSafety: 0, minHelpfulness: 0, minReasoning: 0, requireModeAgreement: false }
const emit = { validationShare: 0.3 }
const tokenNames = tokenColumns.map(({ name }) => name)
const tiny = join(import.meta.dirname, '../tokens/tiny-tokenizer.json')

async function createCounted(options: ProjectOptions) {
  const folder = options.folder ?? (await createFolder())
  await cp(tiny, join(folder, 'tokenizer.json'))
  return await createProject({ ...options, folder })
}

/** The play model, but the first of two draws is long, and judges like it better. */
function createVerboseModel(): (body: ChatBody, n: number) => Scripted {
  const play = createPlayModel()
  const seen = new Set<string>()
  return (body, n) => {
    const reply = play(body, n)
    if (!('content' in reply)) return reply
    if (body['response_format'] !== undefined) {
      const isLong = body.messages.some(({ content }) => content.includes('in many words '))
      const helpfulness = { rationale: 'By length.', direct: isLong ? 4 : 3, indirect: isLong ? 4 : 3 }
      return reply.content?.includes('"direct"') ? { ...reply, content: JSON.stringify(helpfulness) } : reply
    }
    const key = JSON.stringify(body.messages)
    if (seen.has(key)) return reply
    seen.add(key)
    return {
      ...reply,
      content: (reply.content ?? '').replace('<answer>\n', `<answer>\n${'in many words '.repeat(100)}`),
    }
  }
}

test('the longest rows are rejected with their count, shorter siblings win, and nothing vanishes', async () => {
  const server = await startServer(createVerboseModel())
  const grade = {
    rules: [],
    panel: [
      { judge: 'safety', model: 'play' },
      { judge: 'helpfulness', model: 'play' },
    ],
  }
  const options = { baseUrl: server.baseUrl, prompts: seedPrompts(6), folder: await createFolder() }
  const buildWith = async (maxTokens: number | null, offline: boolean) => {
    const tokenizer = { file: 'tokenizer.json', maxTokens }
    const config = { grade, select: lenient, emit: { ...emit, tokenizer } }
    return await buildWhole(await createCounted({ ...options, config }), { offline })
  }
  const unbounded = await buildWith(null, false)
  const long = unbounded.samples.filter((row) => JSON.stringify(row['completion']).includes('in many words'))
  expect(long.length).toBeGreaterThan(3)
  const build = await buildWith(400, true)
  const tooLong = build.rejected.filter((row) => row['code'] === 'too_long')
  expect(tooLong).toHaveLength(6)
  for (const row of tooLong) {
    expect(row['stage']).toBe('select')
    expect(row['detail']).toMatch(/^\d+ tokens are more than maxTokens 400 \(prompt \d+, reasoning \d+, answer \d+\)$/)
  }
  expect(build.samples).toHaveLength(6)
  expect(build.samples.every((row) => !JSON.stringify(row['completion']).includes('in many words'))).toBe(true)
  expect(build.samples.every((row) => Number(row['total_tokens']) <= 400)).toBe(true)
  expect(build.manifest.counts.rejectedCandidates).toMatchObject({ select: { too_long: 6 } })
  expect(await verifyBuild(build.path)).toMatchObject({ problems: [] })
})

test('under a quota each row has its own count, and what is too long is no row', async () => {
  const server = await startServer(createVerboseModel())
  const options = { baseUrl: server.baseUrl, prompts: seedPrompts(8), folder: await createFolder() }
  const grade = { rules: [], panel: [{ judge: 'safety', model: 'play' }] }
  const buildWith = async (own: object, offline: boolean) =>
    await buildWhole(await createCounted({ ...options, config: { grade, select: lenient, ...own } }), { offline })
  const tokenizer = { file: 'tokenizer.json', maxTokens: 400 }
  const plain = await buildWith({ emit: { ...emit, tokenizer } }, false)
  const filled = await buildWith({ emit: { ...emit, tokenizer }, quota: { accepted: 8 } }, true)
  const idAndCounts = (row: (typeof plain.samples)[number]) => ['id', ...tokenNames].map((name) => row[name])
  expect(filled.samples.map(idAndCounts)).toEqual(plain.samples.map(idAndCounts))
  expect(new Set(plain.samples.map((row) => row['total_tokens'])).size).toBeGreaterThan(3)
  const tooLong = filled.rejected.filter((row) => row['code'] === 'too_long')
  expect(tooLong.map((row) => row['detail'])).toEqual(
    plain.rejected.filter((row) => row['code'] === 'too_long').map((row) => row['detail']),
  )
  expect(tooLong).toHaveLength(8)
})

test.for(['parquetjs-lite', 'hyparquet-writer'] as const)(
  'counting adds four columns to the rows of %s and changes no other',
  async (writer) => {
    const server = await startServer(createPlayModel())
    const options = { baseUrl: server.baseUrl, prompts: seedPrompts(8), folder: await createFolder() }
    const plain = await buildWhole(await createCounted({ ...options, config: { emit: { ...emit, writer } } }))
    const tokenizer = { file: 'tokenizer.json' }
    const config = { emit: { ...emit, writer, arrow: true, tokenizer } }
    const counted = await buildWhole(await createCounted({ ...options, config }), { offline: true })
    const strip = (rows: typeof plain.samples) =>
      rows.map((row) => Object.entries(row).filter(([name]) => name !== 'build_id' && !tokenNames.includes(name)))
    expect(strip(counted.samples)).toEqual(strip(plain.samples))
    expect(Object.keys(plain.samples[0] ?? {})).not.toContain('total_tokens')
    expect(Object.keys(counted.samples[0] ?? {}).slice(-4)).toEqual(tokenNames)
    expect(await verifyBuild(counted.path)).toMatchObject({ problems: [] })
  },
)

test('another tokenizer is another build, and the manifest names its bytes', async () => {
  const server = await startServer(createPlayModel())
  const config = { emit: { ...emit, tokenizer: { file: 'tokenizer.json' } } }
  const project = await createCounted({ baseUrl: server.baseUrl, prompts: seedPrompts(4), config })
  const first = await buildWhole(project)
  expect(first.manifest.inputs.files).toHaveProperty(['emit.tokenizer: tokenizer.json'])
  expect((await runProject(project, { offline: true })).result.status).toBe('unchanged')
  const text = JSON.stringify(JSON.parse(await readFile(tiny, 'utf8')), null, 1)
  await writeFile(join(project.folder, 'tokenizer.json'), text)
  const second = await buildWhole(project, { offline: true })
  expect(second.manifest.buildId).not.toBe(first.manifest.buildId)
  expect(second.samples).toEqual(first.samples)
})

test('a tokenizer that cannot be read costs nothing: no request is sent', async () => {
  const server = await startServer(createPlayModel())
  const config = { emit: { ...emit, tokenizer: { file: 'tokenizer.json' } } }
  const project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(4), config })
  await expect(runProject(project)).rejects.toMatchObject({ code: 'tokenizer_file' })
  await writeFile(join(project.folder, 'tokenizer.json'), '{}')
  await expect(runProject(project)).rejects.toMatchObject({ code: 'tokenizer' })
  expect(server.requests.count).toBe(0)
})

test('a conversation that the chat template refuses is a format conflict', async () => {
  const server = await startServer(createPlayModel())
  const tokenizer = { file: 'tokenizer.json', chatTemplate: 'chat_template.jinja' }
  const config = { select: lenient, emit: { ...emit, tokenizer } }
  const project = await createCounted({ baseUrl: server.baseUrl, prompts: seedPrompts(4), config })
  await writeFile(join(project.folder, 'chat_template.jinja'), "{{ raise_exception('no turns, please') }}")
  const build = await buildWhole(project)
  expect(build.samples).toHaveLength(0)
  const conflicts = build.rejected.filter((row) => row['code'] === 'format_conflict')
  expect(conflicts.length).toBeGreaterThan(3)
  expect(conflicts[0]?.['detail']).toContain('no turns, please')
})
