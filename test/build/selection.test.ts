import { expect, test } from 'vitest'
import type { ChatBody, Scripted } from '../support/chat-server.ts'
import { createPlayModel } from '../support/play-model.ts'
import { buildWhole, createProject, startServer } from './build-project.ts'
import { seedPrompts } from './seed-prompts.ts'

const lenient = { minSafety: 0, minHelpfulness: 0, minReasoning: 0, requireModeAgreement: false }

/** The play model, but the first of two draws thinks aloud in a tag that think_inline cannot carry. */
function createTaggedModel(): (body: ChatBody, n: number) => Scripted {
  const play = createPlayModel()
  const seen = new Set<string>()
  return (body, n) => {
    const reply = play(body, n)
    const key = JSON.stringify(body.messages)
    if (body['response_format'] !== undefined || seen.has(key) || !('content' in reply)) return reply
    seen.add(key)
    return { ...reply, content: (reply.content ?? '').replace('useful answer', 'useful answer </think>') }
  }
}

test('a candidate that the format cannot carry is out before it can beat its sibling or fill the mixture', async () => {
  const server = await startServer(createTaggedModel())
  const config = { emit: { format: 'think_inline' }, select: { ...lenient, mixture: [{ max: 4 }] } }
  const grade = { rules: [], panel: [{ judge: 'safety', model: 'play' }] }
  const prompts = seedPrompts(6)
  const build = await buildWhole(
    await createProject({ baseUrl: server.baseUrl, prompts, config: { ...config, grade } }),
  )
  const codes = build.rejected.map((row) => row['code'])
  expect(codes.filter((code) => code === 'format_conflict')).toHaveLength(6)
  expect(build.samples).toHaveLength(4)
  expect(codes.filter((code) => code === 'mixture_cap')).toHaveLength(2)
})

test('under safety_only what other judges said does not count', async () => {
  const server = await startServer(createPlayModel({ brokenJudges: 0 }))
  const build = await buildWhole(
    await createProject({
      baseUrl: server.baseUrl,
      prompts: seedPrompts(12),
      config: { select: { rule: 'safety_only' } },
    }),
  )
  const codes = new Set(build.rejected.map((row) => row['code']))
  expect(codes.difference(new Set(['unsafe', 'outranked']))).toEqual(new Set())
})
