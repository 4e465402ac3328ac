import { LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'
import { UserError } from '../records/user-error.ts'

export type FrontMatterFile<T> = {
  readonly attributes: T
  readonly body: string
  /** 1-based line of the file on which the body starts. */
  readonly bodyLine: number
}

const fence = '---'

/**
 * Splits a Markdown file into its YAML front matter, checked against `schema`, and its body.
 * @throws UserError `front_matter` with file and line.
 */
export function readFrontMatter<T>(text: string, file: string, schema: z.ZodType<T>): FrontMatterFile<T> {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  const end = lines.indexOf(fence, 1)
  if (lines[0] !== fence || end === -1) {
    throw new UserError('front_matter', `expected YAML front matter between two lines "---", got none`, {
      where: `${file}:1`,
      remedy: 'Start the file with "---", the attributes, and "---".',
    })
  }
  const lineCounter = new LineCounter()
  const document = parseDocument(lines.slice(1, end).join('\n'), { lineCounter })
  const [syntaxError] = document.errors
  if (syntaxError) {
    throw new UserError('front_matter', `expected valid YAML, got: ${syntaxError.message.split('\n')[0]}`, {
      where: `${file}:${lineCounter.linePos(syntaxError.pos[0]).line + 1}`,
      remedy: 'Mend the YAML of the front matter.',
    })
  }
  const parsed = schema.safeParse(document.toJS())
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new UserError('front_matter', `front matter ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`, {
      where: `${file}:2`,
      remedy: 'See docs/specs.md for the attributes.',
    })
  }
  return { attributes: parsed.data, body: lines.slice(end + 1).join('\n'), bodyLine: end + 2 }
}
