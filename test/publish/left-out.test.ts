import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { verifyBuild } from '../../pipeline/build/verify-build.ts'
import { collectSet, leftOut, type LeftOut, type PublishedSet } from '../../pipeline/publish/published-set.ts'
import { buildWhole, createProject, startServer } from '../build/build-project.ts'
import { seedPrompts } from '../build/seed-prompts.ts'
import type { ChatBody, Scripted } from '../support/chat-server.ts'
import { createPlayModel } from '../support/play-model.ts'
import { download } from './read-published.ts'

vi.setConfig({ testTimeout: 120_000 })

/** The play model, but no two draws of one prompt have the same text, so that pairs come of them. */
function createVariedModel(): (body: ChatBody, n: number) => Scripted {
  const play = createPlayModel({ misfits: { malformed: 5 } })
  return (body, n) => {
    const reply = play(body, n)
    if (body['response_format'] !== undefined || !('content' in reply)) return reply
    return { ...reply, content: (reply.content ?? '').replace('</answer>', `That is draw ${n}.\n</answer>`) }
  }
}

async function read(set: PublishedSet): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = [...set.files, set.manifestFile].map(async ({ path, content }) => {
    return [path, typeof content === 'string' ? new Uint8Array(await readFile(content)) : content] as const
  })
  return new Map(await Promise.all(files))
}

test('whatever is left out, the copy verifies, has no other file, and its card offers nothing that is not there', async () => {
  const server = await startServer(createVariedModel())
  const preferencePairs = { minMargin: 0.1, codes: ['unsafe', 'unhelpful', 'mode_mismatch', 'outranked'] }
  const emit = { validationShare: 0.3, arrow: true, preferencePairs }
  const generate = { model: 'play', candidates: 4 }
  const { path, manifest } = await buildWhole(
    await createProject({
      baseUrl: server.baseUrl,
      prompts: seedPrompts(30),
      config: { emit, generate },
    }),
  )
  expect(manifest.preference?.shards.length).toBeGreaterThan(0)
  expect(manifest.rejected.length).toBeGreaterThan(0)
  const choices: readonly (readonly LeftOut[])[] = [[], ['rejected'], ['preference'], ['arrow'], leftOut]
  for (const include of choices) {
    const collected = await collectSet(path, { include, writeAnswers: null, editCard: (card) => card })
    if ('problems' in collected) throw new Error(collected.problems.join('; '))
    const files = await read(collected.set)
    const folder = await download(files)
    expect([include, (await verifyBuild(folder)).problems]).toEqual([include, []])
    const folders = new Set(
      [...files.keys()].filter((name) => name.includes('/')).map((name) => name.split('/')[0] ?? ''),
    )
    expect([...folders].toSorted()).toEqual(['data', 'inputs', ...include].toSorted())
    expect(files.has('arrow/rejected.arrow')).toBe(include.includes('arrow') && include.includes('rejected'))
    const card = await readFile(join(folder, 'README.md'), 'utf8')
    expect(card.includes('path: preference/')).toBe(include.includes('preference'))
    expect(card).toContain('path: data/*/train-*.parquet')
  }
})
