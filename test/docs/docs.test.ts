import { existsSync } from 'node:fs'
import { glob, readFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { exitCodes } from '../../pipeline/cli/exit-codes.ts'
import { rejectionSchema, rejectionStages } from '../../pipeline/records/rejection.ts'
import { rejectionColumns } from '../../pipeline/shards/rejection-columns.ts'
import { sampleColumns } from '../../pipeline/shards/sample-columns.ts'
import { trainerFormats } from '../../pipeline/shards/trainer-formats.ts'
import { runCli } from '../cli/run-cli.ts'
import { listConfigKeys } from './config-keys.ts'
import { readMarkdown, readSection, readTable, unquote } from './read-markdown.ts'
import { walkCommands } from './walk-commands.ts'

/* The docs name paths, commands, options, codes, columns and keys: each must be what the code has. */

const root = resolve(import.meta.dirname, '../..')
const files = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...(await Array.fromAsync(glob('docs/**/*.md', { cwd: root }))),
]
let walked: ReturnType<typeof walkCommands> | null = null
const listCommands = () => (walked ??= walkCommands())
const read = (file: string) => readMarkdown(join(root, file))

/** Made by recording and by building, so they may be absent from a checkout. */
const mayBeAbsent = /^data\/(?:recordings|builds)\b/
const repositoryPath = /^(?:(?:pipeline|prompts|specs|data|docs|test|bench|\.ci)\/|[\w.-]+\.(?:json|ts|yaml)$)/
/** Files of a build or of a user, which look like files of the repository. */
const otherFiles =
  /^(?:manifest|report|gates|status|grader|judges|\.fingerprint|\.lock|dataset_info|synthesis|tokenizer|tokenizer_config)\.json$|^(?:my|general)\.(?:yaml|md)$|^near-index\.ts$/

test.each(files)('%s links to files and headings that exist', async (file) => {
  const { links } = await read(file)
  const broken: string[] = []
  for (const link of links.filter((one) => !/^[a-z]+:/.test(one))) {
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? file : relative(root, resolve(root, dirname(file), path))
    if (!existsSync(join(root, target))) broken.push(link)
    else if (anchor !== undefined && !(await read(target)).anchors.has(anchor)) broken.push(link)
  }
  expect(broken).toEqual([])
})

test.each(files)('%s names paths that exist', async (file) => {
  const { codeSpans } = await read(file)
  const named = codeSpans.filter(
    (span) => repositoryPath.test(span) && !/[<>{},\s]/.test(span) && !otherFiles.test(span),
  )
  const missing: string[] = []
  for (const path of named.filter((one) => !mayBeAbsent.test(one))) {
    const found = path.includes('*') ? await Array.fromAsync(glob(path, { cwd: root })) : existsSync(join(root, path))
    if (found === false || (Array.isArray(found) && found.length === 0)) missing.push(path)
  }
  expect(missing).toEqual([])
})

test.each(files)('%s names npm scripts and programs that exist', async (file) => {
  const { text } = await read(file)
  const packageJson: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  const { scripts } = z.object({ scripts: z.record(z.string(), z.string()) }).parse(packageJson)
  const named = [...text.matchAll(/npm run (?:--silent )?([a-z][\w:-]*)/g)].map(([, script = '']) => script)
  expect(named.filter((script) => !(script in scripts))).toEqual([])
  const programs = [...text.matchAll(/npx node (?:--\S+ )*([\w/.-]+\.ts)/g)].map(([, path = '']) => path)
  expect(programs.filter((path) => !existsSync(join(root, path)))).toEqual([])
})

test('docs/cli.md has every command and option of the help, and no other', async () => {
  const commands = await listCommands()
  const { text } = await read('docs/cli.md')
  const headings = [...text.matchAll(/^## `([a-z-]+ .*)`$/gm)].map(([, usage = '']) => usage)
  expect(headings.toSorted()).toEqual([...commands.keys()].toSorted())
  for (const [usage, options] of commands) {
    const section = readSection(text, `\`${usage}\``)
    const documented = readTable(section).map(([option = '']) => unquote(option))
    expect([usage, documented.toSorted()]).toEqual([usage, [...options].toSorted()])
  }
})

test('every option in a shell command of the docs exists', async () => {
  const commands = await listCommands()
  const known = new Set([...commands.values()].flatMap((options) => [...options]))
  for (const file of files) {
    const { text } = await read(file)
    const used = [...text.matchAll(/safe-completions -- (.*)$/gm)].flatMap(
      ([, rest = '']) => rest.match(/--[a-z-]+/g) ?? [],
    )
    expect([file, used.filter((option) => !known.has(option))]).toEqual([file, []])
  }
})

test('the exit codes in docs/cli.md are those of the code', async () => {
  const { text } = await read('docs/cli.md')
  const documented = readTable(readSection(text, 'Exit codes')).map(([code = '', name = '']) => [
    unquote(name),
    Number(code),
  ])
  expect(Object.fromEntries(documented)).toEqual(exitCodes)
})

test('docs/config.schema.json is what `config schema` prints', async () => {
  const { stdout } = await runCli(['config', 'schema'])
  expect(await readFile(join(root, 'docs/config.schema.json'), 'utf8')).toBe(stdout)
})

test('docs/configuration.md has every key of the config with its default, and no other', async () => {
  const schema: unknown = JSON.parse(await readFile(join(root, 'docs/config.schema.json'), 'utf8'))
  const { text } = await read('docs/configuration.md')
  const documented = new Map(
    readTable(text)
      .filter(([key = '']) => key.startsWith('`'))
      .map(([key = '', fallback = '']) => [unquote(key), fallback] as const),
  )
  const keys = listConfigKeys(schema)
  expect([...documented.keys()].toSorted()).toEqual([...keys.keys()].toSorted())
  for (const [key, fallback] of keys) {
    if (fallback === undefined || fallback.length > 40) continue
    expect([key, documented.get(key)]).toEqual([key, `\`${fallback}\``])
  }
})

test('docs/architecture.md has every stage and reason code of rejections, and no other', async () => {
  const { text } = await read('docs/architecture.md')
  const documented = readTable(readSection(text, 'Rejections'))
  expect(new Set(documented.map(([stage]) => stage))).toEqual(new Set(rejectionStages))
  expect(new Set(documented.map(([, code = '']) => unquote(code)))).toEqual(new Set(rejectionSchema.shape.code.options))
})

test('docs/formats.md has every column with its type, in order', async () => {
  const { text } = await read('docs/formats.md')
  const types = {
    string: 'text',
    double: 'double',
    strings: 'list of text',
    messages: 'list of messages',
    integer: 'integer',
    boolean: 'boolean',
  }
  const tables = [
    ['Columns of training shards', sampleColumns(trainerFormats.harmony)],
    ['Columns of rejected shards', rejectionColumns],
  ] as const
  for (const [heading, columns] of tables) {
    const documented = readTable(readSection(text, heading)).map(([name = '', type = '']) => [unquote(name), type])
    expect(documented).toEqual(
      columns.map(({ name, type, nullable }) => [name, `${types[type]}${nullable ? ', null' : ''}`]),
    )
  }
})

test('docs/formats.md shows every trainer format', async () => {
  const { text } = await read('docs/formats.md')
  const shown = [...readSection(text, 'Trainer formats').matchAll(/^### `(\w+)`$/gm)].map(([, name = '']) => name)
  expect(shown).toEqual(Object.keys(trainerFormats))
})

test('docs/architecture.md has every template with its variables', async () => {
  const { text } = await read('docs/architecture.md')
  const rows = readTable(readSection(text, 'Templates'))
  const documented = rows.map(([path = '', , variables = '']) => ({
    path: unquote(path),
    variables: new Set(variables.split(', ').map(unquote)),
  }))
  const templates = await Array.fromAsync(glob('prompts/**/*.md', { cwd: root }))
  expect(new Set(documented.map(({ path }) => path))).toEqual(new Set(templates))
  for (const { path, variables } of documented) {
    const source = await readFile(join(root, path), 'utf8')
    const inLoop = new Set([...source.matchAll(/\{%-? for (\w+) in/g)].map(([, name]) => name))
    const tags = source.matchAll(/\{\{-?\s*(\w+)|\{%-?\s*(?:if|unless)\s+(\w+)|\{%-?\s*for \w+ in (\w+)/g)
    const used = new Set([...tags].map(([, output, condition, list]) => output ?? condition ?? list))
    expect([path, variables]).toEqual([path, used.difference(inLoop)])
  }
})

test('README.md has fewer than 200 lines', async () => {
  const { text } = await read('README.md')
  expect(text.split('\n').length).toBeLessThan(200)
})

test('docs/api.md shows its example as it stands', async () => {
  const example = await readFile(join(root, 'docs/examples/build-with-own-graders.ts'), 'utf8')
  expect((await read('docs/api.md')).text).toContain(`\n\`\`\`ts\n${example}\`\`\`\n`)
})
