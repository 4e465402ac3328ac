import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { closest, distance } from 'fastest-levenshtein'
import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml'
import type { z } from 'zod'
import { UserError } from '../records/user-error.ts'

export type ConfigProblem = { readonly path: readonly PropertyKey[]; readonly message: string; readonly remedy: string }

/** What a kind of YAML file is called in errors, and where its users find help. */
export type YamlKind = {
  /** The code of its errors. */
  readonly code: string
  /** Such as `build config`. */
  readonly what: string
  /** Such as `config`: names the whole file in the list of problems. */
  readonly root: string
  /** Such as `data/demo.yaml`. */
  readonly example: string
  readonly help: string
  /** A kind that it is taken for: known by a key that this one never has. */
  readonly other?: { readonly key: string; readonly what: string; readonly remedy: string }
}

export type LoadedYaml<T> = {
  readonly value: T
  /** Absolute path of the file. */
  readonly file: string
  /** Absolute folder that its paths are relative to. */
  readonly folder: string
  /** `path:line` of a key or list item, or of the nearest parent that is in the file. */
  readonly locate: (path: readonly PropertyKey[]) => string
}

/**
 * Reads and checks a YAML file. Every problem is reported at once, each with file, line and what to do.
 * @param findFlaws what a schema cannot say: references between parts of a file.
 * @throws UserError with the kind's code.
 */
export async function loadYaml<S extends z.ZodType>(
  path: string,
  schema: S,
  kind: YamlKind,
  findFlaws: (value: z.output<S>) => readonly ConfigProblem[],
): Promise<LoadedYaml<z.output<S>>> {
  const file = resolve(path)
  const { document, lineCounter } = await parseFile(path, file, kind)
  const locate = (at: readonly PropertyKey[]): string => `${path}:${lineOf(document, lineCounter, at)}`
  const value = checkValue(document.toJS(), schema, kind, findFlaws, locate)
  return { value, file, folder: dirname(file), locate }
}

/**
 * Checks what a YAML file of a kind may hold, wherever it came from. Every problem is reported at once.
 * @throws UserError with the kind's code.
 */
export function checkValue<S extends z.ZodType>(
  value: unknown,
  schema: S,
  kind: YamlKind,
  findFlaws: (value: z.output<S>) => readonly ConfigProblem[],
  locate: LoadedYaml<unknown>['locate'],
): z.output<S> {
  const parsed = schema.safeParse(value)
  const { other } = kind
  if (!parsed.success && other !== undefined && typeof value === 'object' && value !== null && other.key in value) {
    const { what, remedy } = other
    throw new UserError(kind.code, `expected a ${kind.what}, got a ${what}`, { where: locate([other.key]), remedy })
  }
  const knownKeys = collectKeys(schema)
  const problems = parsed.success
    ? findFlaws(parsed.data)
    : parsed.error.issues.flatMap((issue) => toProblems(issue, knownKeys))
  if (problems.length > 0 || !parsed.success) throw describeProblems(problems, kind, locate)
  return parsed.data
}

/** The problems of a file as one error. */
export function describeProblems(
  problems: readonly ConfigProblem[],
  { code, root, help }: YamlKind,
  locate: LoadedYaml<unknown>['locate'],
): UserError {
  const lines = problems.map(({ path: at, message, remedy }) => {
    return `${locate(at)}: ${at.map(String).join('.') || root}: ${message}${remedy === '' ? '' : ` ${remedy}`}`
  })
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`
  return new UserError(code, `the ${root} has ${count}:\n${lines.join('\n')}`, { remedy: help })
}

async function parseFile(
  path: string,
  file: string,
  { code, what, example }: YamlKind,
): Promise<{ readonly document: Document; readonly lineCounter: LineCounter }> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error)
    throw new UserError(code, `expected a ${what}, got: ${got}`, {
      where: path,
      remedy: `Name a YAML file, such as ${example}.`,
    })
  }
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { lineCounter })
  if (document.errors.length > 0) {
    const lines = document.errors.map((error) => {
      const { line, col } = lineCounter.linePos(error.pos[0])
      return `${path}:${line}:${col}: ${error.message.split('\n')[0]}`
    })
    throw new UserError(code, `expected valid YAML, got:\n${lines.join('\n')}`, {
      where: path,
      remedy: 'Mend the YAML.',
    })
  }
  return { document, lineCounter }
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
  return parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(path.at(-1)))?.key
}

type Issue = z.core.$ZodIssue

function toProblems(issue: Issue, knownKeys: readonly string[]): ConfigProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      message: 'there is no such key.',
      remedy: suggest(key, knownKeys),
    }))
  }
  if (issue.code === 'invalid_union') {
    const nearest = issue.errors.toSorted((a, b) => a.length - b.length)[0] ?? []
    const inner = nearest
      .flatMap((one) => toProblems(one, knownKeys))
      .map((one) => ({ ...one, path: [...issue.path, ...one.path] }))
    if (inner.length > 0 && issue.message === 'Invalid input') return inner
  }
  return [{ path: issue.path, message: `${issue.message}.`, remedy: '' }]
}

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
