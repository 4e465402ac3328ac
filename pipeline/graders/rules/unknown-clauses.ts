import type { Rule } from './rule.ts'

// A longer token (NIST SP-800-53, CVE-2024-1, CYB-4.2) is not a clause id; clauses have at most three digits.
const clauseLike = /(?<![\w-])([A-Z]{2,4})[-‐‑–](\d{1,3})(?![\w]|[-.]\d)/gu

/** Published series whose prefix a spec set may share: NIST Special Publications (SP-800). */
const otherSeries = new Set(['SP-500', 'SP-800'])

const maxListed = 10

export const unknownClauses: Rule = {
  name: 'unknown-clauses',
  version: 1,
  about:
    'Finds clause ids that the spec does not have, and reasoning that cites none: it is not reasoning over the spec.',
  needs: ['reasoning', 'category'],
  check({ candidate, spec }) {
    if (spec.clauseIds.size === 0) return { outcome: 'pass' }
    const unknown = new Set<string>()
    let citedAny = false
    for (const match of candidate.reasoning.matchAll(clauseLike)) {
      const id = `${match[1]}-${match[2]}`
      if (spec.clauseIds.has(id)) citedAny = true
      // Only ids with a prefix of the spec set claim to be clauses: COVID-19 and SHA-256 do not.
      else if (spec.prefixes.has(match[1] ?? '') && !otherSeries.has(id)) unknown.add(id)
    }
    if (unknown.size > 0) {
      const evidence = [...unknown].slice(0, maxListed)
      return {
        outcome: 'fail',
        rationale: 'Expected clauses of the spec; the reasoning cites some it does not have.',
        evidence,
      }
    }
    if (citedAny) return { outcome: 'pass' }
    const example = spec.clauseIds.values().next().value ?? ''
    return {
      outcome: 'fail',
      rationale: 'Expected at least one clause of the spec to be cited; the reasoning cites none.',
      evidence: [`no id such as ${example}`],
    }
  },
}
