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

/** Sums whole millionths, so that the order in which values come cannot change the last digit of a mean. */
const unit = 1_000_000

export function createMeter(edges: readonly number[], findBin: (value: number) => number): Meter {
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
