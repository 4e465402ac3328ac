import type { Floors } from '../config/gates-config.ts'
import type { GateFinding } from './gate-result.ts'
import type { FindingSink } from './finding-sink.ts'

/** A share with what it is a share of. */
export type Ratio = { readonly part: number; readonly whole: number; readonly share: number }

/** @param ofNone The share of nothing, where no one is there to fall short. */
export function toRatio(part: number, whole: number, ofNone: number): Ratio {
  return { part, whole, share: whole === 0 ? ofNone : part / whole }
}

/** `0.9697: 64 of 66` */
export function showRatio({ part, whole, share }: Ratio): string {
  return `${share.toFixed(4)}: ${part} of ${whole}`
}

export type RatioWords = {
  /** `acceptance`, as a sentence begins. */
  readonly subject: string
  /** `graded prompts` */
  readonly whole: string
  /** `have a row` */
  readonly part: string
}

/** One failure a category below its floor. A category that is named and is not there at all falls short. */
export function findLowCategories(
  floors: Floors,
  ratios: Readonly<Record<string, Ratio>>,
  { subject, part, whole }: RatioWords,
  sink: FindingSink,
): readonly string[] {
  const limits =
    typeof floors === 'number'
      ? Object.keys(ratios).map((category) => [category, floors] as const)
      : Object.entries(floors)
  return limits.flatMap(([category, floor]) => {
    const ratio = ratios[category]
    if (ratio !== undefined && ratio.share >= floor) return []
    const what =
      ratio === undefined
        ? `has a floor of ${floor} and no ${whole}`
        : `${ratio.share.toFixed(4)} is below ${floor}: ${ratio.part} of ${ratio.whole} ${whole} ${part}`
    const finding: Pick<GateFinding, 'cell' | 'what'> = { cell: category, what }
    sink.add(finding)
    return [`${subject} in category ${category} ${what}`]
  })
}
