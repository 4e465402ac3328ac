import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createFolder } from '../build/build-project.ts'
import { startChatServer } from '../support/chat-server.ts'
import { createPlayModel } from '../support/play-model.ts'
import { createProject } from '../build/build-project.ts'
import { runCli } from './run-cli.ts'

test('help lists every command, the exit codes and the docs, on stdout with code 0', async () => {
  const { code, stdout, stderr } = await runCli(['--help'])
  expect(code).toBe(0)
  expect(stderr).toBe('')
  for (const command of ['plan', 'build', 'verify', 'show', 'store', 'config', 'spec']) {
    expect(stdout).toMatch(new RegExp(`^  safe-completions ${command} `, 'm'))
  }
  expect(stdout).toContain('130 interrupted')
  expect(stdout).toContain('docs/cli.md')
})

test('the help of a command describes each of its options', async () => {
  const { stdout } = await runCli(['build', '--help'])
  expect(stdout).toMatch(/--offline +\S/)
  expect(stdout).toMatch(/--recompute +\S/)
  expect(stdout).toContain('build data/demo.yaml --offline')
})

test.each(['audit', 'calibrate', 'config', 'export', 'gates', 'prompts', 'spec', 'store'])(
  'the help of %s is its own, and lists no other command of the program',
  async (name) => {
    const { stdout } = await runCli([name, '--help'])
    expect(stdout).toMatch(new RegExp(`^safe-completions ${name}`))
    expect(stdout).toMatch(new RegExp(`^  safe-completions ${name} `, 'm'))
    expect(stdout).not.toMatch(/^ {2}safe-completions verify/m)
  },
)

describe('a slip on the command line is code 2 with a hint, on stderr alone:', () => {
  test.each([
    ['an unknown command', ['biuld', 'x.yaml'], 'Did you mean build?'],
    ['an unknown command of a command', ['config', 'chek', 'x.yaml'], 'Did you mean check?'],
    ['a command that is like no other', ['frobnicate'], 'frobnicate'],
    ['an unknown option', ['build', 'x.yaml', '--oflline'], 'got --oflline. Did you mean --offline?'],
    ['an unknown option before the config', ['build', '--oflline', 'x.yaml'], 'got --oflline. Did you mean --offline?'],
    [
      'an unknown option with a value',
      ['show', 'p_1', '-c', 'x.yaml', '--bild=x'],
      'got --bild. Did you mean --build?',
    ],
    ['an unknown option of a default command', ['calibrate', 'safety', '--lables', 'x'], 'Did you mean --labels?'],
    ['an option like no other', ['verify', 'x', '--frobnicate'], 'got --frobnicate.\n'],
    ['an argument too many', ['verify', 'x', 'y'], 'y'],
    ['an argument too few', ['build'], 'Not enough'],
    ['no command', [], 'Expected a command, got none'],
    [
      'a name that is no folder name',
      ['build', 'data/demo.yaml', '--name', '../../x'],
      '--name: expected a kebab-case name',
    ],
  ])('%s', async (_, args, hint) => {
    const { code, stdout, stderr } = await runCli(args, { env: { LC_ALL: 'de_DE.UTF-8' } })
    expect(stderr).toContain('error [usage]')
    expect(stderr).toContain(hint)
    expect(stderr).toContain('remedy: ')
    expect(stderr).not.toContain('bug:')
    expect(stdout).toBe('')
    expect(code).toBe(2)
  })
})

test('a slip stops the command: a misspelt --offline sends nothing', async () => {
  const server = await startChatServer({ reply: createPlayModel() })
  try {
    const project = await createProject({ baseUrl: server.baseUrl })
    const { code } = await runCli(['build', project.config, '--oflline'])
    expect(code).toBe(2)
    expect(server.requests.count).toBe(0)
  } finally {
    await server.close()
  }
})

describe('a file that is not there is code 2 with its path:', () => {
  test.each([
    ['a config', ['build', 'none.yaml'], 'config'],
    ['a build', ['verify', 'none'], 'manifest'],
    ['a folder of specs', ['spec', 'check', 'none'], 'spec_set'],
    ['a store to export', ['store', 'export', 'none/answers.db', 'out.jsonl'], 'answer_store'],
    ['a recording to import', ['store', 'import', 'new.db', 'none.jsonl'], 'recording'],
  ])('%s', async (_, args, errorCode) => {
    const cwd = await createFolder()
    const { code, stderr } = await runCli(args, { cwd })
    expect(stderr).toContain(`error [${errorCode}]`)
    expect(stderr).toMatch(/where: {2}\S*none/)
    expect(code).toBe(2)
  })
})

test('of an option that is given twice the last counts', async () => {
  const cwd = await createFolder()
  const project = await createProject({ baseUrl: 'http://127.0.0.1:1/v1' })
  const { code, stdout } = await runCli(
    ['build', project.config, '--offline', '--json', '--name', 'a', '--name', 'b'],
    { cwd },
  )
  expect(code).toBe(4)
  expect(JSON.parse(stdout)).toMatchObject({ name: 'b', status: 'offline_miss', exitCode: 4 })
})

test('spec check takes one set as well as a folder of them, and a folder of neither is an error', async () => {
  const specs = join(import.meta.dirname, '../../specs')
  expect((await runCli(['spec', 'check', join(specs, 'safe-completion')])).stdout).toMatch(
    /^1 spec sets, 243 clauses, 0 problems/m,
  )
  const neither = await runCli(['spec', 'check', join(import.meta.dirname, '../goldens/formats')])
  expect([neither.code, neither.stderr]).toEqual([2, expect.stringContaining('error [spec_set]')])
})

test('spec check finds nothing in the shipped sets', async () => {
  const { code, stdout } = await runCli(['spec', 'check'])
  expect(stdout).toMatch(/^2 spec sets, \d+ clauses, 0 problems\n$/)
  expect(code).toBe(0)
})
