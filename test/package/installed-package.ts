import { execFile } from 'node:child_process'
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')

export type InstalledPackage = {
  /** A project's folder, with the package below its node_modules. */
  readonly folder: string
  /** Paths of the files in the package. */
  readonly files: readonly string[]
  readonly packageFolder: string
}

const packed = z.array(z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) }))
const packageSchema = z.object({ dependencies: z.record(z.string(), z.string()) })

/**
 * What `npm install` makes of what `npm pack` packs, without a registry: the package unpacked, its dependencies, and no
 * others, as links to those of this repository. The true install is a step of .ci/run.
 */
export async function installPackage(folder: string): Promise<InstalledPackage> {
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root, maxBuffer: 64e6 })
  // The lifecycle script says its name before the JSON.
  const [one] = packed.parse(JSON.parse(stdout.slice(stdout.indexOf('[\n'))))
  if (one === undefined) throw new Error('expected a package')
  await run('tar', ['xzf', join(folder, one.filename), '-C', folder])
  await rm(join(folder, one.filename))
  await writeFile(join(folder, 'package.json'), '{ "name": "a-project", "version": "9.9.9", "type": "module" }')
  const modules = join(folder, 'node_modules')
  await mkdir(join(modules, '.bin'), { recursive: true })
  const packageFolder = join(modules, 'safe-completions')
  await rename(join(folder, 'package'), packageFolder)
  const { dependencies } = packageSchema.parse(JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')))
  for (const name of Object.keys(dependencies)) {
    await mkdir(dirname(join(modules, name)), { recursive: true })
    await symlink(join(root, 'node_modules', name), join(modules, name))
  }
  await symlink('../safe-completions/dist/cli/main.js', join(modules, '.bin/safe-completions'))
  return { folder, files: one.files.map(({ path }) => path), packageFolder }
}

export type Run = { readonly stdout: string; readonly stderr: string }

/** The installed command, by its name and shebang, on the Node that runs the tests. */
export async function runInstalled({ folder }: InstalledPackage, args: readonly string[]): Promise<Run> {
  const PATH = `${join(folder, 'node_modules/.bin')}:${dirname(process.execPath)}:${process.env['PATH']}`
  return await run('safe-completions', [...args], { cwd: folder, env: { PATH, HOME: folder } })
}
