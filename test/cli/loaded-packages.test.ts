import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { createFolder } from '../build/build-project.ts'
import { runCli } from './run-cli.ts'

const noting = import.meta.resolve('./note-packages.ts')
const root = join(import.meta.dirname, '../..')

/** The dependencies of this package that a command loads, sorted; what these load themselves is not among them. */
async function listLoaded(args: readonly string[], cwd: string): Promise<readonly string[]> {
  const file = join(await createFolder(), 'packages.json')
  const env = { NODE_OPTIONS: `--import=${noting}`, NOTED_PACKAGES: file }
  expect(await runCli(args, { cwd, env })).toMatchObject({ code: 0 })
  const loaded = new Set(z.array(z.string()).parse(JSON.parse(await readFile(file, 'utf8'))))
  const { dependencies } = z
    .object({ dependencies: z.record(z.string(), z.string()) })
    .parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')))
  return Object.keys(dependencies).filter((name) => loaded.has(name))
}

const always = ['fastest-levenshtein', 'yargs']
const guidance = ['liquidjs', 'yaml', 'zod']
const rules = ['eld', 'libphonenumber-js']
const written = ['apache-arrow', 'hyparquet', 'hyparquet-compressors', 'parquetjs-lite', 'vega', 'vega-lite']
const live = ['p-queue', 'p-retry']
const replay = ['canonicalize', 'cli-progress', 'p-map']

// One more is the time of its loading at each start: docs/performance.md, "Starting a command".
test.each([
  ['--help', always],
  ['build --help', always],
  ['spec check', [...always, ...guidance]],
  ['config check data/demo.yaml', [...always, ...guidance]],
])('%s loads no package but those that it needs', async (command, packages) => {
  expect(await listLoaded(command.split(' '), root)).toEqual(packages.toSorted())
})

test('a build loads what its config names, less where nothing has changed; its status asks for little', async () => {
  const cwd = await createFolder()
  await runCli(['init', 'demo', '--demo'], { cwd })
  const list = async (command: string): Promise<readonly string[]> => await listLoaded(command.split(' '), cwd)
  expect(await list('build demo/demo.yaml --offline')).toEqual(
    [...always, ...guidance, ...replay, ...rules, ...written, 'csv-parse'].toSorted(),
  )
  expect(await list('build demo/demo.yaml')).toEqual([...always, ...guidance, ...replay, ...live].toSorted())
  expect(await list('status demo/demo.yaml')).toEqual([...always, 'yaml', 'zod'].toSorted())
})
