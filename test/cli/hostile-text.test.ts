import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { printError, toPlainText } from '../../pipeline/cli/print-error.ts'
import { z } from 'zod'
import { UserError } from '../../pipeline/records/user-error.ts'
import { createFolder, createProject, readBuild, runProject, startServer } from '../build/build-project.ts'
import { createPlayModel } from '../support/play-model.ts'
import { runCli } from './run-cli.ts'

/** Clears the screen, sets the title, reorders text, returns to the line's start. */
const hostile = '\u001b[2J\u001b]0;owned\u0007 \u202egnp.exe\u2066 \r\u009b31m \u0000 end'
/** As far as it can stand on a command line. */
const printable = hostile.replace('\u0000', '')
const dangerous = /(?![\n\t])\p{Cc}|[\u202A-\u202E\u2066-\u2069]/u

describe('text on a terminal', () => {
  test('has no control characters but line feeds and tabs, and none that reorder text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(toPlainText(text + hostile)).not.toMatch(dangerous)
      }),
    )
  })

  test('keeps what is readable', () => {
    expect(toPlainText('Grüße, 世界 \u{1f600}\n\ttab')).toBe('Grüße, 世界 \u{1f600}\n\ttab')
    expect(toPlainText('\u001b[2J')).toBe('\\u001b[2J')
  })

  test('of an error is escaped in each of its parts, and the code is 2', () => {
    const parts: string[] = []
    const error = new UserError('config', hostile, { where: hostile, remedy: hostile })
    expect(printError(error, (text) => parts.push(text))).toBe(2)
    expect(parts.join('')).not.toMatch(dangerous)
    expect(parts.join('').match(/owned/g)).toHaveLength(3)
  })

  test('of a bug has a stack and is escaped, and the code is 1', () => {
    const parts: string[] = []
    expect(printError(new Error(hostile), (text) => parts.push(text))).toBe(1)
    expect(parts.join('')).toMatch(/^bug: [\s\S]*\n +at /)
    expect(parts.join('')).not.toMatch(dangerous)
  })
})

test('a hostile prompt and a hostile reply are shown escaped, but kept as they were', async () => {
  const play = createPlayModel()
  const server = await startServer((body, n) => {
    const reply = play(body, n)
    return 'content' in reply && reply.content?.startsWith('<reasoning>')
      ? { content: `${reply.content}${hostile}`, refusal: null }
      : reply
  })
  const prompts = [
    { prompt: `How do I mend this? ${hostile}`, family: 'f', intent: 'benign', category: 'general' } as const,
  ]
  const project = await createProject({ baseUrl: server.baseUrl, prompts })
  const { result } = await runProject(project)
  if (result.status !== 'held') throw new Error(`expected a held build, got ${result.status}`)
  const [row] = (await readBuild(result.path)).rejected
  const promptId = z.string().parse(row?.['prompt_id'])
  expect(JSON.stringify(row?.['messages'])).toContain(JSON.stringify(hostile).slice(1, -1))
  const shown = await runCli(['show', promptId, '-c', project.config, '--build', result.path])
  expect(shown.code, shown.stderr).toBe(0)
  expect(shown.stdout).toContain('owned')
  expect(shown.stdout).not.toMatch(dangerous)
  const unknown = await runCli(['show', printable, '-c', project.config, '--build', result.path])
  expect(unknown.code).toBe(2)
  expect(unknown.stderr).toContain('error [unknown_id]')
  expect(unknown.stderr).not.toMatch(dangerous)
})

test.each([
  ['a command', (hostileText: string) => [hostileText]],
  ['an option', (hostileText: string, config: string) => ['build', config, `--${hostileText}`]],
  ['a path', (hostileText: string) => ['verify', hostileText]],
])('%s with control characters is echoed escaped', async (_, args) => {
  const project = await createProject({ baseUrl: 'http://127.0.0.1:1/v1' })
  const { code, stdout, stderr } = await runCli(args(printable, project.config))
  expect(code).toBe(2)
  expect(stderr).toContain('owned')
  expect(stdout + stderr).not.toMatch(dangerous)
})

test('a spec heading with control characters is shown escaped by spec check', async () => {
  const folder = await createFolder()
  const text = `---\nid: shared\ntitle: T\nprefix: SP\nversion: 1\n---\n\n## a\u001b[2J\n\n## a\u001b[2J\n`
  await createProject({ baseUrl: 'http://127.0.0.1:1/v1', folder: join(folder, 'set') })
  await writeFile(join(folder, 'set', '_shared.md'), text)
  const { code, stdout } = await runCli(['spec', 'check', folder])
  expect(code).toBe(2)
  expect(stdout).toContain('section "a\\u001b[2J" stands twice')
})
