import { showOnOneLine } from '../../display/visible-text.ts'

const longest = 23

/**
 * A name as it stands at an axis: one line, what is unseen spelled out, short enough for its room. The table under each
 * chart has it whole.
 */
function toLabel(name: string): string {
  const shown = showOnOneLine(name).replaceAll('_', ' ')
  const letters = Array.from(shown)
  return letters.length <= longest ? shown : `${letters.slice(0, longest - 1).join('')}…`
}

const widthOfLetter = 6.9

/** Room that the longest of these labels needs. */
export function measureLabels(labels: readonly string[]): number {
  return Math.ceil(Math.max(0, ...labels.map((label) => label.length)) * widthOfLetter) + 10
}

/** Two long names that are cut to one label would share a place, so the later ones get a number. */
export function uniqueLabels(names: readonly string[]): string[] {
  const used = new Set<string>()
  return names.map((name) => {
    const label = toLabel(name)
    let unique = label
    for (let n = 2; used.has(unique); n += 1) unique = `${label} (${n})`
    used.add(unique)
    return unique
  })
}

/** Names beside their bars need no line and no tick. */
export const labelAxis = { ticks: false, domain: false, labelPadding: 6 } as const

/** Names one below the other, with a line through each or without. */
export function placeRows(names: string[], grid: boolean) {
  const axis = { ...labelAxis, grid }
  return { field: 'name', type: 'nominal', scale: { domain: names }, axis, title: null } as const
}
