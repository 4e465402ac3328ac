import { describe, expect, test } from 'vitest'
import type { ChatBody, ChatServerOptions } from '../support/chat-server.ts'
import { createPlayModel } from '../support/play-model.ts'
import { buildWhole, createProject, readLatest, runProject, startServer } from './build-project.ts'
import { seedPrompts } from './seed-prompts.ts'

const play = createPlayModel()
const prompts = seedPrompts(12)
/** The first has its labels, so it is generated for at once; the third has none. */
const [labelled = '', , unlabelled = ''] = prompts.map(({ prompt }) => prompt)

/** vLLM's reply to a prompt that does not fit: a code that says no more than the status. */
function turnDown(status: number) {
  return { status, body: { error: { code: status, message: 'this text again', type: 'BadRequestError' } } }
}

function isAbout(body: ChatBody, prompt: string): boolean {
  return body.messages.some(({ content }) => content.includes(prompt))
}

function turnDownWhere(status: number, isPoison: (body: ChatBody) => boolean): ChatServerOptions['reply'] {
  return (body, n) => (isPoison(body) ? turnDown(status) : play(body, n))
}

describe('a prompt that the server always turns down', () => {
  test.each([
    [400, 1],
    [400, 8],
    [413, 8],
    [422, 8],
  ])('with %i, at %i requests at once, has declined candidates and blocks nothing', async (status, concurrency) => {
    const server = await startServer(turnDownWhere(status, (body) => isAbout(body, labelled)))
    const project = await createProject({ baseUrl: server.baseUrl, prompts, model: { concurrency } })
    const { result, hopeless } = await runProject(project)
    expect(hopeless).toBeNull()
    expect(result.status).toBe('published')
    expect(result.counts.openPrompts).toBe(0)
    const declined = result.counts.rejectedCandidates['generate']?.['declined'] ?? 0
    expect(result.counts.rejectedCandidates['generate']).toEqual({ declined })
    // One request a candidate: none was retried or repaired.
    expect(server.requests.received.filter(({ body }) => isAbout(body, labelled))).toHaveLength(declined)

    const sent = server.requests.count
    const { rejected } = await buildWhole(project, { recompute: true })
    expect(server.requests.count).toBe(sent)
    const rows = rejected.filter((row) => row['code'] === 'declined')
    expect(rows).toHaveLength(declined)
    for (const row of rows) expect(row['detail']).toContain(`HTTP ${status}: `)
  })

  test('when it is classified is unclassified', async () => {
    const server = await startServer(turnDownWhere(400, (body) => isAbout(body, unlabelled)))
    const { rejected } = await buildWhole(await createProject({ baseUrl: server.baseUrl, prompts }))
    const [row, ...others] = rejected.filter(({ code }) => code === 'unclassified')
    expect(others).toEqual([])
    expect(row?.['detail']).toContain("the classifier's reply was declined")
  })

  test('when it is judged has ungraded candidates', async () => {
    const isJudged = (body: ChatBody) => 'response_format' in body || body.messages[0]?.content.includes('JSON')
    const server = await startServer(turnDownWhere(400, (body) => isJudged(body) === true && isAbout(body, labelled)))
    const { rejected } = await buildWhole(await createProject({ baseUrl: server.baseUrl, prompts }))
    const rows = rejected.filter(({ code }) => code === 'ungraded')
    expect(rows.length).toBeGreaterThan(0)
    for (const row of rows) expect(row['verdicts']).toContain('"reason":"declined"')
  })
})

describe('HTTP 403', () => {
  test('of a provider that flags content is a declined request once it has answered others', async () => {
    const flagged = prompts[9]?.prompt ?? ''
    const server = await startServer(turnDownWhere(403, (body) => isAbout(body, flagged)))
    const project = await createProject({ baseUrl: server.baseUrl, prompts, model: { concurrency: 1 } })
    const { result, hopeless } = await runProject(project)
    expect(hopeless).toBeNull()
    expect(result.status).toBe('published')
    expect(result.counts.rejectedCandidates['generate']?.['declined']).toBeGreaterThan(0)
  })

  test('of a server that has answered nothing stops the build: a wrong key', async () => {
    const server = await startServer(() => turnDown(403))
    const project = await createProject({ baseUrl: server.baseUrl, prompts, model: { concurrency: 4 } })
    const { result, hopeless } = await runProject(project)
    expect(hopeless?.code).toBe('provider')
    expect(result.status).toBe('incomplete')
    expect(server.requests.count).toBeLessThanOrEqual(4)
    expect(await readLatest(project.home)).toBeNull()
  })
})

test('a server that declines everything from some request on ends the run after 20 in a row', async () => {
  const server = await startServer((body, n) => (n < 30 ? play(body, n) : turnDown(403)))
  const project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(40), model: { concurrency: 4 } })
  const { result, hopeless } = await runProject(project)
  expect(hopeless?.code).toBe('provider_down')
  expect(result.status).toBe('incomplete')
  expect(server.requests.count).toBeLessThanOrEqual(30 + 20 + 4)
})
