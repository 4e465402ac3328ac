import { z } from 'zod'

export const measuredSchema = z.strictObject({
  count: z.int().nonnegative(),
  /** Null over none. */
  mean: z.number().nullable(),
  /** Values in each bin; the edges stand beside. */
  bins: z.array(z.int().nonnegative()).readonly(),
})
/** What is kept of many values: their number, mean and distribution. */
export type Measured = Readonly<z.infer<typeof measuredSchema>>

export type Meter = { readonly add: (value: number) => void; readonly read: () => Measured }

/**
 * Scores are summed in whole parts of this size, so that the order in which they come cannot change the last digit of a
 * mean; thirds and ninths are whole parts. With this 1e9 scores stay below the integers that a number can hold.
 */
export const scoreUnit = 9_000_000

/** @param unit parts of 1 that are summed: 1 where values are integers. */
export function createMeter(edges: readonly number[], findBin: (value: number) => number, unit: number): Meter {
  const bins = edges.map(() => 0)
  let count = 0
  let sum = 0
  return {
    add(value) {
      const bin = findBin(value)
      bins[bin] = (bins[bin] ?? 0) + 1
      count += 1
      sum += Math.round(value * unit)
    },
    read: () => ({ count, mean: count === 0 ? null : sum / unit / count, bins: [...bins] }),
  }
}
