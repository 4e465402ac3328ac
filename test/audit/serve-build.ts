import { request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import { openSqliteDecisions } from '../../pipeline/answers/sqlite-decisions.ts'
import { openSqliteStore } from '../../pipeline/answers/sqlite-store.ts'
import { openAuditBuild } from '../../pipeline/audit/audit-build.ts'
import { openAuditDesk, type AuditDesk } from '../../pipeline/audit/audit-desk.ts'
import { findPreviousBuild } from '../../pipeline/audit/find-previous-build.ts'
import { serveAudit } from '../../pipeline/audit/serve-audit.ts'
import type { Decision } from '../../pipeline/records/decision.ts'
import type { StoredAnswer } from '../../pipeline/answers/answer-store.ts'
import { createFolder } from '../build/build-project.ts'
import { writeHandMadeBuild, type HandMadeBuild } from '../diff/hand-made-build.ts'

export type Reply = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: string
}

export type Call = {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Without the session's cookie. */
  readonly isStranger?: boolean
}

export type ServedBuild = {
  readonly desk: AuditDesk
  readonly folder: string
  readonly store: string
  readonly url: string
  readonly origin: string
  readonly port: number
  readonly token: string
  readonly cookie: string
  /** What the server told of failures. */
  readonly problems: readonly unknown[]
  /** A request exactly as said, with the session's cookie unless it is a stranger's; redirects are not followed. */
  readonly call: (path: string, call?: Call) => Promise<Reply>
  /** A page, redirects followed; fails unless it is 200. */
  readonly read: (path: string) => Promise<string>
  /** A form of the page as a browser would send it. */
  readonly send: (path: string, form: Readonly<Record<string, string>>) => Promise<Reply>
  readonly decisions: () => Promise<readonly Decision[]>
}

export type ServeOptions = {
  readonly auditor?: string
  readonly decisions?: readonly Decision[]
  readonly answers?: readonly StoredAnswer[]
  readonly now?: () => string
  readonly specsFolder?: string | null
  /** Written beside the build, as the one before. */
  readonly before?: HandMadeBuild
}

/** A hand-made build behind the real server, until the test ends. */
export async function serveBuild(build: HandMadeBuild, options: ServeOptions = {}): Promise<ServedBuild> {
  const root = await createFolder()
  const folder = join(root, 'builds', 'now')
  await writeHandMadeBuild(folder, build)
  return await serveFolder(folder, join(root, 'answers.db'), options)
}

export async function serveFolder(folder: string, store: string, options: ServeOptions = {}): Promise<ServedBuild> {
  const answers = openSqliteStore(store)
  const decisions = openSqliteDecisions(store)
  await decisions.add(options.decisions ?? [])
  await Promise.all((options.answers ?? []).map((answer) => answers.put(answer)))
  const build = await openAuditBuild(folder)
  if (options.before !== undefined) await writeHandMadeBuild(join(folder, '..', 'before'), options.before)
  const previous =
    options.before === undefined ? await findPreviousBuild(build) : await openAuditBuild(join(folder, '..', 'before'))
  const desk = await openAuditDesk({
    build,
    previous,
    specsFolder: options.specsFolder ?? null,
    auditor: options.auditor ?? 'anna',
    now: options.now ?? (() => '2026-02-03T04:05:06.000Z'),
    answers,
    decisions,
  })
  const problems: unknown[] = []
  const server = await serveAudit(desk, { port: 0, onProblem: (error) => problems.push(error) })
  onTestFinished(async () => {
    await server.close()
    await desk.close()
  })
  const { port, url } = server
  const origin = `http://127.0.0.1:${port}`
  const token = new URL(url).searchParams.get('token') ?? ''
  const entrance = await callServer(port, `/start?token=${token}`, {})
  const cookie = String(entrance.headers['set-cookie']).split(';')[0] ?? ''
  const call = (path: string, { isStranger = false, ...rest }: Call = {}) =>
    callServer(port, path, {
      ...rest,
      headers: { ...(isStranger ? {} : { cookie }), ...rest.headers },
    })
  const read = async (path: string): Promise<string> => {
    const reply = await call(path)
    const { location } = reply.headers
    if (reply.status === 303 && typeof location === 'string') return await read(location)
    if (reply.status !== 200) throw new Error(`expected ${path} to be 200, got ${reply.status}: ${reply.body}`)
    return reply.body
  }
  return {
    desk,
    folder,
    store,
    url,
    origin,
    port,
    token,
    cookie,
    problems,
    call,
    read,
    send: async (path, form) => {
      const formToken = /name="form-token" value="([^"]+)"/.exec(
        await read('/item/p_00000000000000000001?order=build'),
      )?.[1]
      return await call(path, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', origin },
        body: new URLSearchParams({ 'form-token': formToken ?? '', ...form }).toString(),
      })
    },
    decisions: async () => {
      const reader = openSqliteDecisions(store, 'read')
      try {
        return await reader.list()
      } finally {
        await reader.close()
      }
    },
  }
}

/** `fetch` does not let one choose the Host; a stranger with a socket can. */
export async function callServer(
  port: number,
  path: string,
  { method = 'GET', headers = {}, body }: Call,
): Promise<Reply> {
  return await new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (incoming) => {
      text(incoming).then(
        (content) => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: content }),
        reject,
      )
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
