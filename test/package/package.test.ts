import { execFile } from 'node:child_process'
import { cp, glob, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createFolder, startServer } from '../build/build-project.ts'
import { runCli } from '../cli/run-cli.ts'
import { createPlayModel } from '../support/play-model.ts'
import { installPackage, runInstalled, type InstalledPackage } from './installed-package.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
/** Packing, building the demo and compiling take seconds, and minutes on a machine that does much else. */
const timeout = 180_000

let installed: InstalledPackage
beforeAll(async () => {
  installed = await installPackage(await mkdtemp(join(tmpdir(), 'package-')))
}, timeout)
afterAll(() => rm(installed.folder, { recursive: true, force: true }))

const list = (pattern: string): Promise<string[]> => Array.fromAsync(glob(pattern, { cwd: root }))

test('the package has what the program reads, and no tests, benches, builds or settings', async () => {
  const files = new Set(installed.files)
  const data = ['prices.yaml', 'demo.yaml', 'starter/gitignore', 'starter/readme.md', 'recordings/demo.jsonl']
  const read = [
    ...(await list('specs/**/*.md')),
    ...(await list('prompts/**/*.md')),
    ...data.map((name) => `data/${name}`),
  ]
  expect(read.filter((path) => !files.has(path))).toEqual([])
  const beside = (await list('pipeline/**/*.{sql,css,js,svg}')).map((path) => path.replace('pipeline/', 'dist/'))
  expect(beside.length).toBeGreaterThan(20)
  expect(beside.filter((path) => !files.has(path))).toEqual([])
  const compiled = (await list('pipeline/**/*.ts')).filter((path) => !path.endsWith('.d.ts'))
  expect(
    compiled.map((path) => path.replace(/^pipeline(.*)ts$/, 'dist$1js')).filter((path) => !files.has(path)),
  ).toEqual([])
  const foreign = installed.files.filter((path) => !/^(?:dist|pipeline|prompts|specs|data|docs)\//.test(path))
  expect(foreign.toSorted()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'])
  expect(installed.files.filter((path) => /^data\/builds|\.db$|\.png$|\.env$/.test(path))).toEqual([])
})

test(
  'installed, the command says its version without a warning, makes a project and builds it',
  { timeout },
  async () => {
    const server = await startServer(createPlayModel())
    expect(await runInstalled(installed, ['--version'])).toEqual({ stdout: '0.1.0\n', stderr: '' })
    await runInstalled(installed, ['init', 'made', '--base-url', server.baseUrl, '--model', 'play'])
    const built = await runInstalled(installed, ['build', 'made/safe-completions.yaml', '--json'])
    expect(JSON.parse(built.stdout)).toMatchObject({ status: 'published', counts: { prompts: 10 } })
    expect(built.stderr).not.toContain('Warning')
    const { stdout } = await runInstalled(installed, ['verify', 'made/builds/my-set/latest'])
    expect(stdout).toMatch(/: ok$/m)
    expect((await runInstalled(installed, ['spec', 'check'])).stdout).toMatch(/ 0 problems$/m)
  },
)

test('the package and the repository publish equal inputs under one id', { timeout }, async () => {
  await runInstalled(installed, ['init', 'demo', '--demo'])
  const one = await runInstalled(installed, ['build', 'demo/demo.yaml', '--offline', '--json'])
  const cwd = await createFolder()
  await runCli(['init', 'demo', '--demo'], { cwd })
  const other = await runCli(['build', 'demo/demo.yaml', '--offline', '--json'], { cwd })
  expect(JSON.parse(one.stdout)).toMatchObject({ status: 'published', buildId: JSON.parse(other.stdout).buildId })
})

test(
  'a program imports it, with types that a strict compiler takes, and nothing behind its door',
  { timeout },
  async () => {
    const { folder } = installed
    await cp(join(root, 'docs/examples/build-with-own-graders.ts'), join(folder, 'program.ts'))
    await symlink(join(root, 'node_modules/@types'), join(folder, 'node_modules/@types'))
    const options = {
      module: 'nodenext',
      target: 'es2024',
      strict: true,
      types: ['node'],
      outDir: 'out',
      skipLibCheck: true,
    }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['program.ts'] }))
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    expect(await run(process.execPath, [tsc, '-p', folder])).toMatchObject({ stdout: '' })
    const node = async (source: string) =>
      await run(process.execPath, ['--input-type=module', '-e', source], { cwd: folder, env: { HOME: folder } })
    const { stdout } = await node("import * as all from 'safe-completions'; console.log(Object.keys(all).join())")
    expect(stdout).toContain('build')
    await expect(node("import 'safe-completions/dist/cli/command-line.js'")).rejects.toThrow(
      'ERR_PACKAGE_PATH_NOT_EXPORTED',
    )
  },
)

test('a Node that is too old is told so before anything else fails', async () => {
  const asOld = `data:text/javascript,const old=process;globalThis.process=new Proxy(old,{get:(p,k)=>k==='versions'?{...p.versions,node:'20.19.5'}:Reflect.get(p,k)})`
  const main = join(installed.packageFolder, 'dist/cli/main.js')
  await expect(run(process.execPath, ['--import', asOld, main, '--version'])).rejects.toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(
      /^error \[node\]: expected Node 24\.8 or newer, or 22 from 22\.20 on, got 20\.19\.5\n {2}remedy: /,
    ),
  })
})
