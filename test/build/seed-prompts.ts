export type SeedPrompt = {
  readonly prompt: string
  readonly family: string
  readonly intent?: 'benign' | 'dual_use' | 'malicious'
  readonly category?: string
}

const things = ['lathe', 'kiln', 'ledger', 'garden', 'router', 'sermon', 'lease', 'pump', 'violin', 'canoe', 'attic']
const places = ['harbour', 'library', 'bakery', 'stable', 'chapel', 'clinic', 'orchard']
const troubles = ['rust', 'noise', 'mould', 'delay', 'paperwork']
const intents = ['benign', 'dual_use', 'malicious', undefined] as const
const categories = ['cyber', 'fraud', undefined] as const

/** Prompts of which none is another's near duplicate; two of a family, some without labels. At most 385. */
export function seedPrompts(count: number): readonly SeedPrompt[] {
  return Array.from({ length: count }, (_, n) => {
    const [thing = '', place = ''] = [things[n % things.length], places[n % places.length]]
    const trouble = troubles[n % troubles.length] ?? ''
    const intent = intents[n % intents.length]
    const category = categories[n % categories.length]
    return {
      prompt: `Our ${thing} at the ${place} has ${trouble}: whom should the ${place} ask about a ${thing}, and is ${trouble} urgent?`,
      family: `family-${Math.floor(n / 2)}`,
      ...(intent === undefined ? {} : { intent }),
      ...(category === undefined ? {} : { category }),
    }
  })
}
