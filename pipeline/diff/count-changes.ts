import { changedParts, type Change, type ChangedPart } from './compare-prompt.ts'
import type { Cause } from './find-causes.ts'
import type { Outcome, PromptPair } from './outcome.ts'

export type ChangeCounts = {
  /** A row in B only; in A the prompt was rejected or not there. */
  readonly added: number
  /** A row in A only. */
  readonly removed: number
  readonly changed: Readonly<Record<ChangedPart, number>>
  readonly unchanged: number
  /** A row in neither build. */
  readonly unaccepted: { readonly same: number; readonly otherReasons: number }
}

/** Prompts that changed for the same causes. */
export type CauseCount = {
  readonly causes: readonly Cause[]
  readonly prompts: number
  readonly added: number
  readonly removed: number
  readonly changed: number
  readonly unaccepted: number
}

export type ClauseCount = { readonly clause: string; readonly a: number; readonly b: number }

export type ChangeCounter = {
  readonly count: (change: Change) => void
  readonly countCauses: (change: Change, causes: readonly Cause[]) => void
  readonly countClauses: (pair: PromptPair) => void
  readonly readChanges: () => ChangeCounts
  /** The most frequent first. */
  readonly readCauses: () => readonly CauseCount[]
  /** Accepted rows whose reasoning cites a clause, where the builds differ; the greatest difference first. */
  readonly readClauses: () => readonly ClauseCount[]
}

export function createChangeCounter(): ChangeCounter {
  const changes = new Map<string, number>()
  const byCauses = new Map<string, { causes: readonly Cause[]; kinds: Map<string, number> }>()
  const clauses = { a: new Map<string, number>(), b: new Map<string, number>() }
  const read = (key: string): number => changes.get(key) ?? 0
  return {
    count: (change) => increment(changes, keyOf(change)),
    countCauses(change, causes) {
      const known = byCauses.get(causes.join()) ?? { causes, kinds: new Map<string, number>() }
      byCauses.set(causes.join(), known)
      increment(known.kinds, change.kind)
    },
    countClauses({ a, b }) {
      for (const clause of citedBy(a)) increment(clauses.a, clause)
      for (const clause of citedBy(b)) increment(clauses.b, clause)
    },
    readChanges: () => ({
      added: read('added'),
      removed: read('removed'),
      changed: {
        mode: read('mode'),
        answer: read('answer'),
        reasoning: read('reasoning'),
        scores: read('scores'),
        labels: read('labels'),
        provenance: read('provenance'),
      },
      unchanged: read('unchanged'),
      unaccepted: { same: read('unaccepted same'), otherReasons: read('unaccepted') },
    }),
    readCauses: () =>
      [...byCauses.values()]
        .map(({ causes, kinds }) => {
          const of = (kind: Change['kind']): number => kinds.get(kind) ?? 0
          const counts = {
            added: of('added'),
            removed: of('removed'),
            changed: of('changed'),
            unaccepted: of('unaccepted'),
          }
          return { causes, prompts: [...kinds.values()].reduce((all, count) => all + count, 0), ...counts }
        })
        .toSorted((a, b) => b.prompts - a.prompts || (a.causes.join() < b.causes.join() ? -1 : 1)),
    readClauses: () =>
      [...new Set([...clauses.a.keys(), ...clauses.b.keys()])]
        .map((clause) => ({ clause, a: clauses.a.get(clause) ?? 0, b: clauses.b.get(clause) ?? 0 }))
        .filter(({ a, b }) => a !== b)
        .toSorted((x, y) => Math.abs(y.b - y.a) - Math.abs(x.b - x.a) || (x.clause < y.clause ? -1 : 1)),
  }
}

export function sumChanged(changed: ChangeCounts['changed']): number {
  return changedParts.reduce((all, part) => all + changed[part], 0)
}

function keyOf(change: Change): string {
  if (change.kind === 'changed') return change.what
  return change.kind === 'unaccepted' && change.isSame ? 'unaccepted same' : change.kind
}

function citedBy(outcome: Outcome): readonly string[] {
  return outcome.status === 'accepted' ? [...new Set(outcome.row.citedClauses)] : []
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
