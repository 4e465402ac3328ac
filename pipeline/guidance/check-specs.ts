import { basename } from 'node:path'
import { categorySections, sharedSections, unusedGroupMark, type ParsedSpec } from './parse-spec.ts'
import { generalCategory } from './spec-set.ts'
import { clauseGroups, type SpecProblem } from './spec.ts'

/** Word bounds of a category's policy: 600 to 1,500, and half as long at least as the shortest for a baseline arm. */
const sizes = { full: { min: 600, max: 1500 }, short: { min: 120, max: 600 } } as const
const clauseReference = /\b([A-Z]{2,4})-(\d+)\b/g

/**
 * The spec linter: ids unique, well-formed and not retired; sections and groups present; sizes; references that lead
 * nowhere. Returns every problem, in file and line order. `short` is the size rule of a baseline arm.
 */
export function checkSpecs(parsed: readonly ParsedSpec[], size: keyof typeof sizes): readonly SpecProblem[] {
  const clauseFiles = new Map<string, string>()
  const prefixes = new Map<string, string>()
  const problems: SpecProblem[] = parsed.flatMap((one) => one.problems)
  for (const { spec } of parsed) {
    const twin = prefixes.get(spec.prefix)
    if (twin !== undefined) {
      problems.push(at(spec.file, 2, `prefix ${spec.prefix} is used by ${twin} too`, 'Give each spec its own prefix.'))
    }
    prefixes.set(spec.prefix, spec.file)
    for (const clause of spec.clauses) {
      const other = clauseFiles.get(clause.id)
      if (other !== undefined) {
        problems.push(at(spec.file, clause.line, `clause id ${clause.id} stands twice (${other})`, 'Number it anew.'))
      }
      clauseFiles.set(clause.id, `${spec.file}:${clause.line}`)
    }
  }
  for (const one of parsed) problems.push(...checkOne(one, size))
  for (const one of parsed) problems.push(...checkReferences(one, clauseFiles, prefixes))
  return problems.sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line)
}

/** A set needs the shared principles, and the category for prompts that no other one covers. */
export function findMissingSpecs(folder: string, parsed: readonly ParsedSpec[]): readonly SpecProblem[] {
  return ['shared', generalCategory]
    .filter((id) => !parsed.some(({ spec }) => spec.id === id))
    .map((id) => at(folder, 1, `the set has no spec "${id}"`, 'Add it; no build can use the set without.'))
}

function at(file: string, line: number, problem: string, remedy: string): SpecProblem {
  return { file, line, problem, remedy }
}

function checkOne({ spec, sections }: ParsedSpec, size: keyof typeof sizes): SpecProblem[] {
  const problems: SpecProblem[] = []
  const isShared = spec.id === 'shared'
  const expected = isShared ? sharedSections : categorySections
  for (const title of expected) {
    if (!sections.has(title)) {
      problems.push(at(spec.file, 1, `expected a section "## ${title}", got none`, 'Add it; see docs/specs.md.'))
    }
  }
  const fileName = basename(spec.file, '.md').replace(/^_/, '')
  if (fileName !== spec.id) {
    problems.push(
      at(spec.file, 2, `expected id "${fileName}", as the file is named, got "${spec.id}"`, 'Rename one of them.'),
    )
  }
  for (const clause of spec.clauses) {
    if (!clause.id.startsWith(`${spec.prefix}-`)) {
      problems.push(
        at(spec.file, clause.line, `expected ids with prefix ${spec.prefix}, got ${clause.id}`, 'Rename it.'),
      )
    }
    if (spec.retired.includes(clause.id)) {
      problems.push(at(spec.file, clause.line, `clause id ${clause.id} is retired`, 'Use the next free number.'))
    }
  }
  if (isShared) return problems
  if (spec.summary === '') problems.push(at(spec.file, 2, 'expected a summary, got none', 'Add one sentence.'))
  for (const group of clauseGroups) {
    const title = group.charAt(0).toUpperCase() + group.slice(1)
    const section = sections.get(title)
    const isUnused = section?.text.trim() === unusedGroupMark
    if (section && !isUnused && !spec.clauses.some((clause) => clause.group === group)) {
      problems.push(
        at(spec.file, section.line, `group ${title} has no clause`, `Add one, or the line "${unusedGroupMark}".`),
      )
    }
  }
  const words = spec.body.split(/\s+/).length
  const { min, max } = sizes[size]
  if (words < min || words > max) {
    problems.push(at(spec.file, 1, `expected ${min} to ${max} words, got ${words}`, 'Cut or complete the policy.'))
  }
  return problems
}

function checkReferences(
  { spec, sections }: ParsedSpec,
  clauseFiles: ReadonlyMap<string, string>,
  prefixes: ReadonlyMap<string, string>,
): SpecProblem[] {
  const problems: SpecProblem[] = []
  for (const { line, text } of sections.values()) {
    for (const [offset, content] of text.split('\n').entries()) {
      for (const [id, prefix] of content.matchAll(clauseReference)) {
        if (prefix === undefined || !prefixes.has(prefix) || clauseFiles.has(id)) continue
        const problem = `reference to ${id}, which no spec of the set has`
        problems.push(at(spec.file, line + 1 + offset, problem, 'Mend the reference.'))
      }
    }
  }
  return problems
}
