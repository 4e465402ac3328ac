import type { Allocation, CountedKind, PromptKind } from './allocate-rows.ts'
import { keyOfPlace } from './allocate-rows.ts'
import type { PassedPrompt } from './draw-rounds.ts'

export type Assignment = { readonly promptId: string; readonly mode: string }

/**
 * Which prompts of each place fill an allocation, and in which mode: the best first, each in its best mode that leaves the
 * rest possible. A prompt that is passed over is not needed, or could only take what a later one must.
 */
export function* assignModes(
  kinds: readonly CountedKind[],
  { rowsOf }: Allocation,
  readPassed: (place: PromptKind['place']) => Iterable<PassedPrompt>,
): Generator<Assignment> {
  for (const own of Map.groupBy(kinds, ({ place }) => keyOfPlace(place)).values()) {
    const place = own[0]?.place
    if (place === undefined) continue
    const modes = [...new Set(own.flatMap((kind) => kind.modes))].toSorted()
    const needs = new Map(modes.map((mode) => [mode, rowsOf(place, mode)]))
    const left = new Map(own.map((kind) => [kind.modes.join(), { modes: kind.modes, prompts: kind.prompts }]))
    for (const { promptId, modes: possible } of readPassed(place)) {
      const kind = left.get(possible.join())
      if (kind === undefined) throw new Error(`${promptId} is of no kind that was counted`)
      kind.prompts -= 1
      const mode = possible.find((one) => {
        const need = needs.get(one) ?? 0
        return need > 0 && canFill(new Map(needs).set(one, need - 1), [...left.values()])
      })
      if (mode === undefined) continue
      needs.set(mode, (needs.get(mode) ?? 0) - 1)
      yield { promptId, mode }
    }
    const lacking = [...needs].find(([, need]) => need > 0)
    if (lacking !== undefined) throw new Error(`${lacking[1]} rows of ${lacking[0]} could not be filled`)
  }
}

/** Hall's condition: whatever modes are looked at, enough prompts can give one of them. */
function canFill(needs: ReadonlyMap<string, number>, left: readonly Pick<CountedKind, 'modes' | 'prompts'>[]): boolean {
  const modes = [...needs.keys()]
  for (let set = 1; set < 2 ** modes.length; set += 1) {
    const chosen = modes.filter((_, n) => (set >> n) % 2 === 1)
    const need = chosen.reduce((all, mode) => all + (needs.get(mode) ?? 0), 0)
    const prompts = left.reduce(
      (all, kind) => all + (kind.modes.some((mode) => chosen.includes(mode)) ? kind.prompts : 0),
      0,
    )
    if (prompts < need) return false
  }
  return true
}
