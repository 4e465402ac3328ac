import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { closest, distance } from 'fastest-levenshtein'
import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml'
import type { z } from 'zod'
import { UserError } from '../records/user-error.ts'
import { buildConfigSchema, type BuildConfig } from './build-config.ts'
import { findConfigFlaws } from './config-flaws.ts'

export type LoadedConfig = {
  readonly config: BuildConfig
  /** Absolute path of the config file. */
  readonly file: string
  /** Absolute folder that the config's paths are relative to. */
  readonly folder: string
}

export type ConfigProblem = { readonly path: readonly PropertyKey[]; readonly message: string; readonly remedy: string }

/**
 * Reads and checks a build config. Every problem is reported at once, each with file, line and what to do.
 * @throws UserError `config`.
 */
export async function loadConfig(path: string): Promise<LoadedConfig> {
  const file = resolve(path)
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new UserError(
      'config',
      `expected a build config, got: ${error instanceof Error ? error.message : String(error)}`,
      {
        where: path,
        remedy: 'Name a YAML file, such as data/demo.yaml.',
      },
    )
  }
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { lineCounter })
  if (document.errors.length > 0) {
    const lines = document.errors.map((error) => {
      const { line, col } = lineCounter.linePos(error.pos[0])
      return `${path}:${line}:${col}: ${error.message.split('\n')[0]}`
    })
    throw new UserError('config', `expected valid YAML, got:\n${lines.join('\n')}`, {
      where: path,
      remedy: 'Mend the YAML.',
    })
  }
  const parsed = buildConfigSchema.safeParse(document.toJS())
  const problems = parsed.success ? findConfigFlaws(parsed.data) : parsed.error.issues.flatMap(toProblems)
  if (problems.length > 0 || !parsed.success) {
    const lines = problems.map(({ path: at, message, remedy }) => {
      const line = lineOf(document, lineCounter, at)
      return `${path}:${line}: ${at.map(String).join('.') || 'config'}: ${message}${remedy === '' ? '' : ` ${remedy}`}`
    })
    throw new UserError(
      'config',
      `the config has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${lines.join('\n')}`,
      {
        remedy: 'See docs/configuration.md; editors check against docs/config.schema.json.',
      },
    )
  }
  return { config: parsed.data, file, folder: dirname(file) }
}

/** The line of the key or list item at `path`, or of the nearest parent that is in the file. */
function lineOf(document: Document, lineCounter: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = findKey(document, path.slice(0, length)) ?? document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return lineCounter.linePos(node.range[0]).line
  }
  return 1
}

/** The key's own node: a block value starts a line further down. */
function findKey(document: Document, path: readonly PropertyKey[]): unknown {
  const parent = document.getIn(path.slice(0, -1), true)
  if (!isMap(parent)) return undefined
  return parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1))?.key
}

type Issue = z.core.$ZodIssue

function toProblems(issue: Issue): ConfigProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      message: 'there is no such key.',
      remedy: suggest(key, knownKeys),
    }))
  }
  if (issue.code === 'invalid_union') {
    const nearest = issue.errors.toSorted((a, b) => a.length - b.length)[0] ?? []
    const inner = nearest.flatMap(toProblems).map((one) => ({ ...one, path: [...issue.path, ...one.path] }))
    if (inner.length > 0 && issue.message === 'Invalid input') return inner
  }
  return [{ path: issue.path, message: `${issue.message}.`, remedy: '' }]
}

const knownKeys = collectKeys(buildConfigSchema)

function suggest(key: string, known: readonly string[]): string {
  const nearest = closest(key, known)
  return distance(key, nearest) <= Math.max(2, key.length / 3) ? `Did you mean "${nearest}"?` : 'Remove it.'
}

function collectKeys(schema: z.ZodType): string[] {
  const json = JSON.stringify(schema.toJSONSchema({ io: 'input' }))
  const keys = new Set<string>()
  JSON.parse(json, (_, value: unknown) => {
    if (typeof value === 'object' && value !== null && 'properties' in value && typeof value.properties === 'object') {
      for (const key of Object.keys(value.properties ?? {})) keys.add(key)
    }
    return value
  })
  return [...keys]
}
