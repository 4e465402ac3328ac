import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { parseDocument } from 'yaml'
import { modelConfigSchema } from '../config/model-config.ts'
import { UserError } from '../records/user-error.ts'

export type StarterOptions = {
  readonly baseUrl?: string | undefined
  readonly model?: string | undefined
  /** Default: none where a base URL is given, else the config's. */
  readonly apiKeyEnv?: string | undefined
}

const packageRoot = resolve(import.meta.dirname, '../..')
const starter = join(packageRoot, 'data/starter')
const specSet = join(packageRoot, 'specs/safe-completion')
const specNames = ['_shared.md', 'general.md', 'privacy.md'] as const

/** Path below the project's folder to text. */
export type ProjectFiles = ReadonlyMap<string, string>

/**
 * A small project: a config, a policy, ten prompts.
 * @throws UserError `usage` for an option that a config would not take.
 */
export async function renderStarter(options: StarterOptions): Promise<ProjectFiles> {
  const files = new Map<string, string>()
  files.set('safe-completions.yaml', await renderConfig(options))
  files.set('prompts.jsonl', await readFile(join(starter, 'prompts.jsonl'), 'utf8'))
  // npm would leave out a .gitignore, and take a README.md for the package's.
  files.set('.gitignore', await readFile(join(starter, 'gitignore'), 'utf8'))
  files.set('README.md', await readFile(join(starter, 'readme.md'), 'utf8'))
  for (const name of specNames) files.set(`specs/my-policy/${name}`, await readFile(join(specSet, name), 'utf8'))
  return files
}

/** The demo as a project: its prompts, its recorded answers, its policies. */
export async function renderDemo(): Promise<ProjectFiles> {
  const files = new Map<string, string>()
  const config = await readFile(join(packageRoot, 'data/demo.yaml'), 'utf8')
  const head = '# The demo of safe-completions: its prompts, answered and graded by recorded answers.\n'
  const demo = `${head}${config.slice(config.indexOf('name: demo'))}`
    .replace('specSet: safe-completion\n', 'specsFolder: specs\nspecSet: safe-completion\n')
    .replace('store: ../.safe-completions/demo.db\n', 'store: .safe-completions/answers.db\n')
  files.set('demo.yaml', demo)
  for (const name of ['prompts.jsonl', 'extras.jsonl', 'holdout.jsonl']) {
    files.set(`seeds/${name}`, await readFile(join(packageRoot, 'data/seeds', name), 'utf8'))
  }
  files.set('recordings/demo.jsonl', await readFile(join(packageRoot, 'data/recordings/demo.jsonl'), 'utf8'))
  for (const name of await readdir(specSet)) {
    files.set(`specs/safe-completion/${name}`, await readFile(join(specSet, name), 'utf8'))
  }
  files.set('.gitignore', await readFile(join(starter, 'gitignore'), 'utf8'))
  return files
}

async function renderConfig({ baseUrl, model, apiKeyEnv }: StarterOptions): Promise<string> {
  const config = parseDocument(await readFile(join(starter, 'safe-completions.yaml'), 'utf8'))
  const set = (key: string, value: string | null): void => config.setIn(['models', 'main', key], value)
  if (baseUrl !== undefined) set('baseUrl', baseUrl)
  if (model !== undefined) set('model', model)
  if (baseUrl !== undefined || apiKeyEnv !== undefined) set('apiKeyEnv', apiKeyEnv ?? null)
  const parsed = modelConfigSchema.safeParse(config.toJS().models.main)
  if (parsed.success) return config.toString({ lineWidth: 0 })
  const [issue] = parsed.error.issues
  throw new UserError('usage', `${String(issue?.path[0])}: ${issue?.message ?? 'expected a setting of a model'}`, {
    remedy: 'Give --base-url such as http://127.0.0.1:8000/v1, and --api-key-env such as OPENAI_API_KEY.',
  })
}

/**
 * Writes files into a folder, which is made if need be. Nothing that is there is overwritten, and nothing is written if
 * one of them is.
 * @throws UserError `init`.
 */
export async function writeProject(folder: string, files: ProjectFiles): Promise<void> {
  const taken = [...files.keys()].filter((name) => existsSync(join(folder, name)))
  if (taken.length > 0) {
    throw new UserError('init', `expected a folder without ${taken.join(', ')}`, {
      where: resolve(folder),
      remedy: 'Name another folder, such as `init my-set`, or move these away: nothing was written.',
    })
  }
  try {
    for (const [name, text] of files) {
      const path = join(folder, name)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, text, { flag: 'wx' })
    }
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error
    throw new UserError('init', `expected to write a project, got: ${error.message}`, {
      where: resolve(folder),
      remedy: 'Give this user write access and room, or name another folder.',
      cause: error,
    })
  }
}
