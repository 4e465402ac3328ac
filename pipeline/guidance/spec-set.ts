import { createHash } from 'node:crypto'
import { UserError } from '../records/user-error.ts'
import { responseModes, type ResponseMode } from '../records/response-mode.ts'
import { modeOfGroup, type Spec } from './spec.ts'

/** What a row of one category sees of a spec set: spec(category) of Deliberative Alignment, section 2. */
export type CategoryGuidance = {
  readonly category: string
  /** Shared principles, one line for each other category, the whole of its own. */
  readonly text: string
  /** SHA-256 of `text`, hex. */
  readonly digest: string
  /** Ids that a reasoning may cite: the shared principles and the category's own clauses. */
  readonly clauseIds: ReadonlySet<string>
  /** Clause prefixes of all specs of the set. */
  readonly prefixes: ReadonlySet<string>
  /** Modes that the set uses, in the order of the paper. */
  readonly modes: readonly ResponseMode[]
}

export type SpecSet = {
  readonly name: string
  readonly shared: Spec
  /** By category id, sorted. */
  readonly specs: ReadonlyMap<string, Spec>
  readonly forCategory: (category: string) => CategoryGuidance
  /** One line a category, for the classifier. */
  readonly categoryLines: string
  /** SHA-256 over all texts, hex. */
  readonly digest: string
}

/** The category for prompts that no other one covers. */
export const generalCategory = 'general'

/**
 * Joins parsed specs into a set.
 * @throws UserError `spec_set` when the shared principles or the `general` category are missing, or an id stands twice.
 */
export function createSpecSet(name: string, all: readonly Spec[]): SpecSet {
  const shared = all.find((spec) => spec.id === 'shared')
  if (!shared) throw missing(name, '_shared.md with "id: shared"')
  const specs = new Map<string, Spec>()
  for (const spec of all.filter((one) => one !== shared).toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    if (specs.has(spec.id)) throw missing(name, `each category once ("${spec.id}" stands twice)`)
    specs.set(spec.id, spec)
  }
  if (!specs.has(generalCategory)) throw missing(name, 'general.md, the spec for prompts that no category covers')
  const usedGroups = new Set([...specs.values()].flatMap((spec) => spec.clauses.map((clause) => clause.group)))
  const usedModes = new Set<ResponseMode>()
  for (const group of usedGroups) if (group !== 'shared') usedModes.add(modeOfGroup[group])
  const modes = responseModes.filter((mode) => usedModes.has(mode))
  const prefixes = new Set([shared, ...specs.values()].map((spec) => spec.prefix))
  const cache = new Map<string, CategoryGuidance>()
  return {
    name,
    shared,
    specs,
    categoryLines: [...specs.values()].map(lineOf).join('\n'),
    digest: sha256(
      JSON.stringify(
        [shared, ...specs.values()].map((spec) => [spec.id, spec.prefix, spec.title, spec.summary, spec.body]),
      ),
    ),
    forCategory(category) {
      const known = cache.get(category)
      if (known) return known
      const own = specs.get(category)
      if (!own) throw missing(name, `a spec for category "${category}"`)
      const text = renderGuidance(shared, own, specs)
      const clauseIds = new Set([...shared.clauses, ...own.clauses].map((clause) => clause.id))
      const guidance = { category, text, digest: sha256(text), clauseIds, prefixes, modes }
      cache.set(category, guidance)
      return guidance
    },
  }
}

function renderGuidance(shared: Spec, own: Spec, specs: ReadonlyMap<string, Spec>): string {
  const others = [...specs.values()].filter((spec) => spec !== own)
  return [
    `# ${shared.title}`,
    shared.body,
    '# Other categories, in one line each',
    others.map(lineOf).join('\n'),
    `# Category: ${own.title} (${own.id})`,
    own.body,
  ].join('\n\n')
}

function lineOf(spec: Spec): string {
  return `- ${spec.id} (${spec.title}): ${spec.summary}`
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function missing(set: string, expected: string): UserError {
  return new UserError('spec_set', `spec set "${set}": expected ${expected}`, {
    where: `specs/${set}`,
    remedy: 'Run `safe-completions spec check` and see docs/specs.md.',
  })
}
