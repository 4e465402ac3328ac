import { once } from 'node:events'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { openSqliteDecisions } from '../../pipeline/answers/sqlite-decisions.ts'
import { createFolder } from '../build/build-project.ts'
import { runCli, startCli, type RunningCli } from '../cli/run-cli.ts'
import { writeHandMadeBuild } from '../diff/hand-made-build.ts'
import { makeAuditSample, makeSibling } from './audit-rows.ts'
import { callServer } from './serve-build.ts'

const sample = makeAuditSample(1)
/** Each starts several processes, which takes its time on a busy machine. */
const patient = { timeout: 120_000 }

async function writeBuild(config: Readonly<Record<string, unknown>> = {}): Promise<{ folder: string; store: string }> {
  const root = await createFolder()
  const folder = join(root, 'build')
  await writeHandMadeBuild(folder, { samples: [sample], rejections: [makeSibling(1, 'unsafe')], config })
  const store = join(root, 'answers.db')
  await openSqliteDecisions(store).close()
  return { folder, store }
}

/** The address that the command prints. */
async function readAddress({ child }: RunningCli): Promise<URL> {
  if (child.stdout === null) throw new Error('expected a pipe')
  for await (const line of createInterface({ input: child.stdout })) {
    const address = /^open +(http\S+)$/.exec(line)?.[1]
    if (address !== undefined) return new URL(address)
  }
  throw new Error('expected an address')
}

test.each(['SIGINT', 'SIGTERM'] as const)('the command serves until %s, and ends with exit code 0', async (signal) => {
  const { folder, store } = await writeBuild()
  const running = startCli(['audit', folder, '--store', store, '--by', 'anna'])
  const ended = once(running.child, 'exit')
  const address = await readAddress(running)
  expect(address.hostname).toBe('127.0.0.1')
  const { status } = await callServer(Number(address.port), `${address.pathname}${address.search}`, {})
  expect(status).toBe(303)
  running.child.kill(signal)
  expect(await ended).toEqual([0, null])
})

test('a signal in the midst of requests ends it as well: cleanly, and without a word', patient, async () => {
  const { folder, store } = await writeBuild()
  const running = startCli(['audit', folder, '--store', store])
  const address = await readAddress(running)
  const port = Number(address.port)
  const entrance = await callServer(port, `${address.pathname}${address.search}`, {})
  const cookie = String(entrance.headers['set-cookie']).split(';')[0] ?? ''
  const calls = Array.from({ length: 30 }, (_, n) =>
    callServer(port, `/queue?text=nothing+${n}`, { headers: { cookie } }).catch(() => null),
  )
  await calls[0]
  running.child.kill('SIGTERM')
  const [{ code, stderr }] = await Promise.all([running.done, ...calls])
  expect([code, stderr]).toEqual([0, ''])
})

test('the token stands in the printed address and nowhere else', async () => {
  const { folder, store } = await writeBuild()
  const running = startCli(['audit', folder, '--store', store])
  const address = await readAddress(running)
  const token = address.searchParams.get('token') ?? ''
  expect(token).toMatch(/^[\w-]{43}$/)
  await callServer(Number(address.port), `/start?token=${token}`, {})
  await callServer(Number(address.port), `/start?token=${token}x`, {})
  running.child.kill('SIGTERM')
  const { stderr } = await running.done
  expect(stderr).toBe('')
})

test('a decision is under the name that --by gives', async () => {
  const { folder, store } = await writeBuild()
  const running = startCli(['audit', folder, '--store', store, '--by', 'Anna Ünal'])
  const address = await readAddress(running)
  const port = Number(address.port)
  const entrance = await callServer(port, `${address.pathname}${address.search}`, {})
  const cookie = String(entrance.headers['set-cookie']).split(';')[0] ?? ''
  const page = await callServer(port, `/item/${sample.promptId}?order=build`, { headers: { cookie } })
  const token = /name="form-token" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
  const form = {
    'form-token': token,
    row: '0',
    digest: sample.contentDigest,
    action: 'flag',
    reason: 'Look.',
    queue: '',
    at: '0',
  }
  const headers = { cookie, origin: address.origin, 'content-type': 'application/x-www-form-urlencoded' }
  const body = new URLSearchParams(form).toString()
  expect((await callServer(port, '/decide', { method: 'POST', headers, body })).status).toBe(303)
  // Killed without warning: what the page called saved is there.
  running.child.kill('SIGKILL')
  await running.done
  const decisions = openSqliteDecisions(store, 'read')
  expect((await decisions.list()).map(({ by, action }) => [by, action])).toEqual([['Anna Ünal', 'flag']])
  await decisions.close()
})

test('what cannot be served is said with what to mend, and exit code 2', patient, async () => {
  const { folder, store } = await writeBuild()
  const other = await writeBuild({ emit: { format: 'openai_jsonl' } })
  const blocker = createServer().listen(0, '127.0.0.1')
  await once(blocker, 'listening')
  const address = blocker.address()
  const taken = typeof address === 'object' && address !== null ? address.port : 0
  const cases: readonly (readonly [args: readonly string[], code: string])[] = [
    [['audit'], 'usage'],
    [['audit', folder], 'usage'],
    [['audit', folder, '--store', store, '--port', '70000'], 'usage'],
    [['audit', folder, '--store', store, '--by', '  '], 'usage'],
    [['audit', folder, '--store', store, '--host', '0.0.0.0'], 'usage'],
    [['audit', join(folder, 'data'), '--store', store], 'manifest'],
    [['audit', folder, '--store', store, '--against', join(folder, 'data')], 'manifest'],
    [['audit', other.folder, '--store', store], 'hidden_rows'],
    [['audit', folder, '--store', store, '--port', String(taken)], 'audit_port'],
    [['audit', folder, '--store', `${store}.mistyped`], 'answer_store'],
    [['audit', folder, '--store', store, '--new-store'], 'answer_store'],
  ]
  for (const [args, code] of cases) {
    const result = await runCli(args)
    expect([args, result.code, /error \[(\w+)\]/.exec(result.stderr)?.[1], result.stdout]).toEqual([args, 2, code, ''])
  }
  expect(await readdir(dirname(store))).not.toContain('answers.db.mistyped')
  blocker.close()
})

test('a manifest that names a file outside of its build is refused', patient, async () => {
  const { folder, store } = await writeBuild()
  const path = join(folder, 'manifest.json')
  const manifest = z
    .looseObject({ rejected: z.array(z.looseObject({ path: z.string() })) })
    .parse(JSON.parse(await readFile(path, 'utf8')))
  const other = await writeBuild()
  for (const outside of [
    `../../${other.folder.split('/').at(-2)}/build/rejected/rejected-00000-of-00001.parquet`,
    '/etc/passwd',
    '..',
    '',
  ]) {
    const rejected = manifest.rejected.map((file) => ({ ...file, path: outside }))
    await writeFile(path, JSON.stringify({ ...manifest, rejected }))
    const { code, stderr } = await runCli(['audit', folder, '--store', store])
    expect([outside, code, stderr.includes('error [manifest]')]).toEqual([outside, 2, true])
  }
})

test(
  'a file of the build that is missing, or is no Parquet, is a problem of the build and not of the program',
  patient,
  async () => {
    const { folder, store } = await writeBuild()
    const file = join(folder, 'rejected/rejected-00000-of-00001.parquet')
    await writeFile(file, 'not Parquet')
    expect((await runCli(['audit', folder, '--store', store])).stderr).toContain('error [audit_rows]')
    await rm(file)
    const { code, stderr } = await runCli(['audit', folder, '--store', store])
    expect([code, stderr.includes('error [audit_rows]')]).toEqual([2, true])
  },
)

test('a folder whose name looks like a pattern or like SQL is read as what it is', async () => {
  const root = await createFolder()
  const folder = join(root, `we[i]rd *'?; DROP TABLE rows`)
  await writeHandMadeBuild(folder, { samples: [sample] })
  const running = startCli(['audit', folder, '--store', join(root, 'answers.db'), '--new-store'])
  const address = await readAddress(running)
  const port = Number(address.port)
  const entrance = await callServer(port, `${address.pathname}${address.search}`, {})
  const cookie = String(entrance.headers['set-cookie']).split(';')[0] ?? ''
  const page = await callServer(port, `/item/${sample.promptId}?order=build&text=answer`, { headers: { cookie } })
  expect([page.status, page.body.includes('Answer 1')]).toEqual([200, true])
})
