import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, vi } from 'vitest'
import { buildWhole, createProject, type BuildProject, type WholeBuild } from '../build/build-project.ts'
import { seedPrompts } from '../build/seed-prompts.ts'
import { startChatServer } from '../support/chat-server.ts'
import { createPlayModel } from '../support/play-model.ts'

export type TwoBuilds = {
  readonly project: BuildProject
  readonly first: WholeBuild
  /** Of fewer prompts: some shards are as before, some are others, some are gone. */
  readonly second: WholeBuild
}

/** Most tests start several processes. */
const timeoutMs = 120_000

/** Two builds of one project, made before the tests of a file and gone after them. Tests must leave them as they are. */
export function makeTwoBuilds(): () => TwoBuilds {
  vi.setConfig({ testTimeout: timeoutMs })
  let builds: TwoBuilds | null = null
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'publish-'))
    const server = await startChatServer({ reply: createPlayModel({ misfits: { malformed: 20 } }) })
    try {
      // Prompts that the second build lacks stand last, so that the others keep their lines.
      const order = ['cyber', undefined, 'fraud'] as const
      const prompts = order.flatMap((own) => seedPrompts(36).filter(({ category }) => category === own))
      const project = await createProject({ baseUrl: server.baseUrl, folder, prompts })
      const first = await buildWhole(project)
      await createProject({ baseUrl: server.baseUrl, folder, prompts: prompts.slice(0, 20) })
      builds = { project, first, second: await buildWhole(project) }
    } finally {
      await server.close()
    }
  }, timeoutMs)
  afterAll(() => rm(folder, { recursive: true, force: true }))
  return () => {
    if (builds === null) throw new Error('expected two builds')
    return builds
  }
}
