/** A product of a decimal share and a count may miss a whole number by so much. */
const tolerance = 1e-9

/**
 * Deals `total` whole rows by weight: each gets the whole part of its due, and what is left goes to the largest remainders
 * (Hamilton's method); of equal remainders the one that comes first. The result adds up to `total` exactly.
 */
export function dealByRemainder(total: number, weights: readonly number[]): readonly number[] {
  const sum = weights.reduce((all, weight) => all + weight, 0)
  if (sum <= 0) throw new Error('expected a weight above 0')
  const dues = weights.map((weight) => (weight / sum) * total)
  const dealt = dues.map((due) => Math.floor(due + tolerance))
  const left = total - dealt.reduce((all, one) => all + one, 0)
  const order = dues
    .map((due, n) => ({ n, remainder: due - (dealt[n] ?? 0) }))
    .toSorted((a, b) => (Math.abs(b.remainder - a.remainder) > tolerance ? b.remainder - a.remainder : a.n - b.n))
  for (const { n } of order.slice(0, left)) dealt[n] = (dealt[n] ?? 0) + 1
  return dealt
}
