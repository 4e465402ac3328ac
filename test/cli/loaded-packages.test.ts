import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { createFolder } from '../build/build-project.ts'
import { runCli } from './run-cli.ts'

const root = join(import.meta.dirname, '../..')
const noting = import.meta.resolve('./note-packages.ts')

/** The dependencies of this package that a command loads, sorted; what these load themselves is not among them. */
async function listLoaded(args: readonly string[]): Promise<readonly string[]> {
  const file = join(await createFolder(), 'packages.json')
  const env = { NODE_OPTIONS: `--import=${noting}`, NOTED_PACKAGES: file }
  expect(await runCli(args, { cwd: root, env })).toMatchObject({ code: 0 })
  const loaded = new Set(z.array(z.string()).parse(JSON.parse(await readFile(file, 'utf8'))))
  const { dependencies } = z
    .object({ dependencies: z.record(z.string(), z.string()) })
    .parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')))
  return Object.keys(dependencies).filter((name) => loaded.has(name))
}

// A package more is the time of its loading at each start: see docs/performance.md, "Starting a command".
test.each([
  ['--help', ['fastest-levenshtein', 'yargs']],
  ['build --help', ['fastest-levenshtein', 'yargs']],
  ['spec check', ['fastest-levenshtein', 'liquidjs', 'yaml', 'yargs', 'zod']],
])('%s loads no package but those that it needs', async (command, packages) => {
  expect(await listLoaded(command.split(' '))).toEqual(packages)
})
