import { intents } from '../records/prompt.ts'
import { labelsOf, type PromptPair } from './outcome.ts'
import { createGroupTally, type Group, type GroupTally } from './tally-group.ts'

export type Groups = {
  readonly overall: Group
  readonly categories: Readonly<Record<string, Group>>
  readonly intents: Readonly<Record<string, Group>>
}

/** Prompts that were stopped before anything gave them the label. */
const unlabelled = 'unlabelled'
/** Labels of a source that no spec knows; one group for all, as a source can hold any number of them. */
const unknownCategory = 'unknown'

/** Tallies all prompts, each category that one of the builds has a spec for, and each intent. */
export function createGroups(knownCategories: ReadonlySet<string>): {
  readonly add: (pair: PromptPair) => void
  readonly read: () => Groups
} {
  const overall = createGroupTally()
  const [byCategory, byIntent] = [new Map<string, GroupTally>(), new Map<string, GroupTally>()]
  return {
    add(pair) {
      const { category, intent } = labelsOf(pair)
      const known = category === null || knownCategories.has(category) ? category : unknownCategory
      overall.add(pair)
      groupOf(byCategory, known ?? unlabelled).add(pair)
      groupOf(byIntent, intent ?? unlabelled).add(pair)
    },
    read: () => ({
      overall: overall.read(),
      categories: readGroups(byCategory, [...byCategory.keys()].toSorted()),
      intents: readGroups(byIntent, [...intents, unlabelled]),
    }),
  }
}

function groupOf(groups: Map<string, GroupTally>, name: string): GroupTally {
  const group = groups.get(name) ?? createGroupTally()
  groups.set(name, group)
  return group
}

function readGroups(groups: ReadonlyMap<string, GroupTally>, order: readonly string[]): Record<string, Group> {
  return Object.fromEntries(
    order.flatMap((name) => {
      const group = groups.get(name)
      return group === undefined ? [] : [[name, group.read()]]
    }),
  )
}
