import { hash } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { Seat } from './judge-candidate.ts'

/** A grader that asks no model: its version stands for all that it does. */
type VersionedGrader = { readonly name: string; readonly version: number }

/**
 * The identity of a grader: SHA-256 (hex) over everything that can change its verdicts on an equal example. For a judge
 * on a panel: name, version, templates, model with endpoint and parameters, schema, votes and where they stop. The policy
 * is what a judge reads, like the example, and is not part of what it is.
 */
export function digestGrader(grader: Seat | VersionedGrader): string {
  return hash('sha256', canonicalize('judge' in grader ? identifySeat(grader) : identifyVersion(grader)) ?? '')
}

function identifyVersion({ name, version }: VersionedGrader): VersionedGrader {
  return { name, version }
}

function identifySeat({ judge, role, template, repair, votes, stopBelow }: Seat): object {
  const { endpoint, model, parameters, structuredOutput } = role
  return {
    ...identifyVersion(judge),
    schema: judge.schema,
    template: template.digest,
    repair: repair.digest,
    role: { endpoint, model, parameters, structuredOutput },
    votes,
    stopBelow,
  }
}
