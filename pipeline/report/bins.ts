/**
 * Scores lie in [0,1] and come in thirds of a four-step scale, or in products of two. Bins of 1/30 put 1/3, 2/3 and
 * every tenth on an edge, so that a threshold there divides no bin. The last bin holds 1 alone.
 */
const scoreBins = 30
export const scoreEdges: readonly number[] = Array.from({ length: scoreBins + 1 }, (_, n) => n / scoreBins)

/** Against 2/3 * 30 = 19.999...; far below the distance of two scores. */
const rounding = 1e-9

export function findScoreBin(score: number): number {
  return Math.min(Math.max(Math.floor(score * scoreBins + rounding), 0), scoreBins)
}

/** Lower edges in characters: six steps from one power of ten to the next, as lengths differ by factors. */
export const lengthEdges: readonly number[] = [
  0,
  ...[10, 100, 1000, 10_000].flatMap((power) => [1, 1.5, 2, 3, 5, 7].map((step) => step * power)),
  100_000,
]

/** The last bin has no upper edge. */
export function findLengthBin(length: number): number {
  return lengthEdges.findLastIndex((edge) => edge <= length)
}
