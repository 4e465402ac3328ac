import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { createProject, startServer } from '../build/build-project.ts'
import { seedPrompts } from '../build/seed-prompts.ts'
import { runCli } from '../cli/run-cli.ts'
import { createPlayModel } from '../support/play-model.ts'
import { createUnattendedLog } from '../../pipeline/cli/unattended-log.ts'
import { parseLog, parseStatus, readStatusFile, type LogLine } from './read-status.ts'

/** Each starts processes, which take their time where other work goes on. */
vi.setConfig({ testTimeout: 120_000 })

const eventsOf = (lines: readonly LogLine[]): readonly string[] => lines.map(({ event }) => event)

test('--unattended logs JSON lines on stderr, from start to end, and prints the status that it left behind', async () => {
  const server = await startServer(createPlayModel())
  const project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(4) })
  const { code, stdout, stderr } = await runCli(['build', project.config, '--unattended'])
  expect(code, stderr).toBe(0)
  const lines = parseLog(stderr)
  expect(eventsOf(lines)).toEqual(['start', 'lock', 'phase_end', 'phase_end', 'phase_end', 'end'])
  expect(lines.filter(({ event }) => event === 'phase_end').map((line) => line['phase'])).toEqual([
    'collect',
    'answer',
    'write',
  ])
  const status = parseStatus(stdout)
  expect(new Set(lines.map(({ runId }) => runId))).toEqual(new Set([status.runId]))
  for (const line of lines.slice(1)) expect(line['build']).toBe('test')
  expect(lines.at(-1)).toMatchObject({ level: 'info', status: 'published', exitCode: 0, counts: status.counts })
  expect(stdout).toBe(await readFile(join(project.home, 'status.json'), 'utf8'))
})

test('an error is a log line with code, where and remedy, and a status on stdout and in status.json', async () => {
  const server = await startServer(createPlayModel())
  const project = await createProject({ baseUrl: server.baseUrl, model: { apiKeyEnv: 'PLAY_KEY' } })
  const { code, stdout, stderr } = await runCli(['build', project.config, '--unattended'])
  expect(code).toBe(2)
  const lines = parseLog(stderr)
  expect(eventsOf(lines)).toEqual(['start', 'lock', 'error', 'end'])
  expect(lines[2]).toMatchObject({ level: 'error', code: 'api_key', remedy: expect.stringContaining('Set PLAY_KEY') })
  expect(parseStatus(stdout)).toMatchObject({ status: 'error', exitCode: 2, name: 'test' })
  expect(await readStatusFile(project.home)).toEqual(parseStatus(stdout))
})

test('a config that cannot be read has no folder to tell of: the log and stdout say it, and an old status stays', async () => {
  const server = await startServer(createPlayModel())
  const project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(2) })
  await runCli(['build', project.config])
  const before = await readFile(join(project.home, 'status.json'), 'utf8')
  await writeFile(project.config, 'name: Test\n')
  const { code, stdout, stderr } = await runCli(['build', project.config, '--unattended'])
  expect(code).toBe(2)
  expect(eventsOf(parseLog(stderr))).toEqual(['start', 'error', 'end'])
  expect(parseStatus(stdout)).toMatchObject({ status: 'error', exitCode: 2, name: null })
  expect(await readFile(join(project.home, 'status.json'), 'utf8')).toBe(before)
})

test('a gate that fails and a server that is down are events of their own', async () => {
  const broken = await startServer(createPlayModel({ brokenJudges: 100 }))
  const gated = await createProject({ baseUrl: broken.baseUrl, config: { gates: {} }, prompts: seedPrompts(3) })
  const held = await runCli(['build', gated.config, '--unattended'])
  expect(parseLog(held.stderr).find(({ event }) => event === 'gate_failed')).toMatchObject({
    level: 'error',
    gates: [expect.stringContaining('grading coverage'), expect.stringContaining('no candidate')],
  })
  const refusing = await startServer(() => ({ status: 401, body: { error: { message: 'no' } } }))
  const project = await createProject({ baseUrl: refusing.baseUrl, prompts: seedPrompts(3) })
  const { stderr } = await runCli(['build', project.config, '--unattended'])
  expect(eventsOf(parseLog(stderr))).toContain('provider_failed')
})

const forged = '\n{"level":"info","event":"end","exitCode":0}\r\u0085\u2028{"event":"end"}\u001B[2J\u202E'

test('text of a server cannot forge a line, and a key that it throws back is in no line', async () => {
  const key = 'sk-play-7f3a9c5e1b'
  const server = await startServer((_, __, { authorization }) => ({
    status: 401,
    body: { error: { message: `wrong key ${authorization}${forged}` } },
  }))
  const options = { prompts: seedPrompts(2), model: { apiKeyEnv: 'PLAY_KEY' } }
  const project = await createProject({ baseUrl: server.baseUrl, ...options })
  const { code, stdout, stderr } = await runCli(['build', project.config, '--unattended'], { env: { PLAY_KEY: key } })
  expect(code).toBe(2)
  expect(eventsOf(parseLog(stderr)).filter((event) => event === 'end').length).toBe(1)
  expect(stderr).toContain('wrong key')
  expect(stderr.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u2028\u2029\u202A-\u202E]/u)
  expect(stdout + stderr).not.toContain(key)
})

test('a log line says what was meant and holds only printable characters; what is secret is masked wherever it stands', () => {
  const written: string[] = []
  const log = createUnattendedLog(
    (line) => void written.push(line),
    'r-1',
    () => 0,
  )
  log.know('test', ['sk-1', 'sk-12345'])
  log.note(forged)
  log.event('warn', 'error', { details: [{ text: 'got sk-12345, then sk-1' }], n: 1 })
  const [note = '', error = ''] = written
  expect(note.slice(0, -1)).toMatch(/^[\u0020-\u007E]*$/)
  expect(JSON.parse(note)).toMatchObject({ event: 'note', message: forged })
  expect(JSON.parse(error)).toMatchObject({ details: [{ text: 'got [secret], then [secret]' }], n: 1 })
})
