import { resolve } from 'node:path'
import { loadSpecSet } from '../guidance/load-guidance.ts'
import type { Clause } from '../guidance/spec.ts'
import type { SpecSet } from '../guidance/spec-set.ts'
import { UserError } from '../records/user-error.ts'
import type { AuditBuild } from './audit-build.ts'

/** The policies as they are now, for what rows cite. */
export type PolicyBook = {
  readonly specSet: string
  /** False where the spec set is not to be found or does not parse. */
  readonly isOpen: boolean
  readonly findClause: (id: string) => FoundClause | null
  /** The text itself, to find it in a request; null where it is not known. */
  readonly textOf: (category: string | null) => string | null
  /** Whether the policy under which a row was judged has another text now; null where that is not known. */
  readonly isEdited: (row: { readonly category: string | null; readonly specDigest: string | null }) => boolean | null
}

export type FoundClause = Pick<Clause, 'id' | 'group' | 'text'>

const shippedSpecs = resolve(import.meta.dirname, '../../specs')
/** The name comes from the manifest, and names a folder below the folder of specs. */
const folderName = /^[A-Za-z0-9][\w.-]*$/

/** @param specsFolder Where spec sets live; null: those shipped with the package. */
export async function openPolicyBook({ manifest }: AuditBuild, specsFolder: string | null): Promise<PolicyBook> {
  const { name, specs: digests } = manifest.inputs.specSet
  const set = await loadSet(specsFolder ?? shippedSpecs, name)
  const clauses = new Map(
    (set === null ? [] : [set.shared, ...set.specs.values()]).flatMap(({ clauses: own }) =>
      own.map(({ id, group, text }) => [id, { id, group, text }] as const),
    ),
  )
  const guidanceOf = (category: string | null) =>
    set === null || category === null || !set.specs.has(category) ? null : set.forCategory(category)
  return {
    specSet: name,
    isOpen: set !== null,
    findClause: (id) => clauses.get(id) ?? null,
    textOf: (category) => guidanceOf(category)?.text ?? null,
    isEdited: ({ category, specDigest }) => {
      const judged = specDigest ?? (category === null ? undefined : digests[category])
      const current = guidanceOf(category)?.digest
      return judged === undefined || current === undefined ? null : judged !== current
    },
  }
}

async function loadSet(folder: string, name: string): Promise<SpecSet | null> {
  if (!folderName.test(name)) return null
  try {
    return await loadSpecSet(folder, name)
  } catch (error) {
    if (error instanceof UserError) return null
    throw error
  }
}
