import { z } from 'zod'
import { readFrontMatter } from './front-matter.ts'
import { clauseGroups, type Clause, type ClauseGroup, type Spec, type SpecProblem } from './spec.ts'

const attributesSchema = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]*$/, 'expected a kebab-case id'),
  title: z.string().min(1),
  prefix: z.string().regex(/^[A-Z]{2,4}$/, 'expected two to four capitals, such as CYB'),
  version: z.int().positive(),
  summary: z.string().default(''),
  retired: z.array(z.string()).default([]),
})

export const categorySections = [
  'Definitions',
  'Allowed',
  'Restricted',
  'Disallowed',
  'Severity',
  'Style',
  'Redirection',
  'Examples',
] as const
export const sharedSections = [
  'Response modes',
  'Meaningful facilitation',
  'Helpfulness',
  'Style',
  'Reasoning',
] as const
/** Stands in a group that a spec set does not use, such as Restricted in the hard-refusal arm. */
export const unusedGroupMark = '(not used in this set)'

export type ParsedSpec = {
  readonly spec: Spec
  /** Section title to its lines, with the 1-based line of its heading. */
  readonly sections: ReadonlyMap<string, { readonly line: number; readonly text: string }>
  readonly problems: readonly SpecProblem[]
}

const clauseLine = /^- \*\*([A-Z]{2,4}-\d+)\*\*\s+(.*)$/

/**
 * Reads one spec file. What a build cannot do without throws; what a linter should say is in `problems`.
 * @throws UserError `front_matter` with file and line.
 */
export function parseSpec(text: string, file: string): ParsedSpec {
  const { attributes, body, bodyLine } = readFrontMatter(text, file, attributesSchema)
  const problems: SpecProblem[] = []
  const sections = new Map<string, { line: number; text: string }>()
  const clauses: Clause[] = []
  let section: string | null = null
  for (const [index, line] of body.split('\n').entries()) {
    const lineNumber = bodyLine + index
    const heading = /^## (.+?)\s*$/.exec(line)?.[1]
    if (heading !== undefined) {
      if (sections.has(heading)) {
        problems.push({ file, line: lineNumber, problem: `section "${heading}" stands twice`, remedy: 'Merge them.' })
      }
      section = heading
      sections.set(heading, { line: lineNumber, text: '' })
      continue
    }
    const current = section === null ? undefined : sections.get(section)
    if (section === null || current === undefined) continue
    current.text += `${line}\n`
    const group = groupOfSection(section, attributes.id)
    const [, id, first] = clauseLine.exec(line) ?? []
    if (group !== null && id !== undefined && first !== undefined) {
      clauses.push({ id, group, text: first.trim(), line: lineNumber })
    } else if (group !== null && line.startsWith('- ')) {
      const problem = 'expected a clause such as "- **CYB-4** text", got another bullet'
      problems.push({
        file,
        line: lineNumber,
        problem,
        remedy: 'Give the clause an id; without one nobody is shown it as a clause.',
      })
    } else if (group !== null && /^\s{2,}\S/.test(line)) {
      const last = clauses.at(-1)
      if (last) clauses[clauses.length - 1] = { ...last, text: `${last.text} ${line.trim()}` }
    }
  }
  return { spec: { ...attributes, clauses, body: body.trim(), file }, sections, problems }
}

function groupOfSection(section: string, specId: string): ClauseGroup | 'shared' | null {
  if (specId === 'shared') return 'shared'
  const group = section.toLowerCase()
  return clauseGroups.find((known) => known === group) ?? null
}
