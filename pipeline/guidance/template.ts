import { createHash } from 'node:crypto'
import { Liquid, type Template as Parsed } from 'liquidjs'
import { z } from 'zod'
import type { Message } from '../records/message.ts'
import { UserError } from '../records/user-error.ts'
import { readFrontMatter } from './front-matter.ts'

const attributesSchema = z.strictObject({
  id: z.string(),
  version: z.int().positive(),
  about: z.string(),
})

/** A request template: Markdown with front matter and parts that start at a line `<!-- system -->` or `<!-- user -->`. */
export type Template = {
  readonly id: string
  readonly version: number
  /** SHA-256 of the parts' source, hex: `about` and the version do not reach a model. */
  readonly digest: string
  /** The file as it was read. */
  readonly text: string
  /**
   * @throws UserError `template_variable` when the template names a variable that is not given.
   */
  readonly render: (variables: Readonly<Record<string, TemplateValue>>) => readonly Message[]
}
export type TemplateValue = string | number | boolean | null | readonly string[] | readonly Message[]

const engine = new Liquid({ strictVariables: true, strictFilters: true, ownPropertyOnly: true })
const partMark = /^<!-- (system|user|assistant) -->$/

/** @throws UserError `template` with file and line for a template that does not parse. */
export function parseTemplate(text: string, file: string): Template {
  const { attributes, body, bodyLine } = readFrontMatter(text, file, attributesSchema)
  const parts: { role: Message['role']; lines: string[] }[] = []
  for (const line of body.split('\n')) {
    const role = partMark.exec(line)?.[1]
    if (role === 'system' || role === 'user' || role === 'assistant') parts.push({ role, lines: [] })
    else parts.at(-1)?.lines.push(line)
  }
  if (parts.length === 0) {
    throw new UserError('template', 'expected a line "<!-- system -->" or "<!-- user -->", got none', {
      where: `${file}:${bodyLine}`,
      remedy: 'Mark where each message of the request starts.',
    })
  }
  const sources = parts.map(({ role, lines }) => ({ role, source: lines.join('\n').trim() }))
  const compiled = sources.map(({ role, source }) => ({ role, render: memoise(parse(source, file), file) }))
  return {
    id: attributes.id,
    version: attributes.version,
    digest: createHash('sha256').update(JSON.stringify(sources)).digest('hex'),
    text,
    render: (variables) => compiled.map(({ role, render }) => ({ role, content: render(variables) })),
  }
}

function parse(source: string, file: string): Parsed[] {
  try {
    return engine.parse(source)
  } catch (error) {
    throw templateError('template', error, file)
  }
}

type Render = (variables: Readonly<Record<string, TemplateValue>>) => string

/** Texts that a memo holds at most: a spec set has some tens of categories. */
const memoLimit = 256

/**
 * A part that depends on one variable at most (a judge's system message on its spec) is rendered once for each value,
 * and thousands of requests share the very string.
 */
function memoise(parsed: Parsed[], file: string): Render {
  const names = engine.globalVariablesSync(parsed)
  const [name] = names
  if (names.length > 1) return (variables) => renderPart(parsed, variables, file)
  const rendered = new Map<TemplateValue | undefined, string>()
  return (variables) => {
    const key = name === undefined ? undefined : variables[name]
    const known = rendered.get(key)
    if (known !== undefined) return known
    if (rendered.size >= memoLimit) rendered.clear()
    const text = renderPart(parsed, variables, file)
    rendered.set(key, text)
    return text
  }
}

function renderPart(parsed: Parsed[], variables: Readonly<Record<string, TemplateValue>>, file: string): string {
  try {
    return String(engine.renderSync(parsed, variables)).trim()
  } catch (error) {
    throw templateError('template_variable', error, file)
  }
}

function templateError(code: string, error: unknown, file: string): UserError {
  const message = error instanceof Error ? error.message : String(error)
  return new UserError(code, `expected a template that renders, got: ${message}`, {
    where: file,
    remedy: 'See docs/architecture.md, "Templates", for the variables each template is given.',
    cause: error,
  })
}
