type Shares = Readonly<Record<string, number>>

/** Half the sum of all differences between two mixes, 0 to 1: the share that would have to change its label. */
export function measureTotalVariation(a: Shares, b: Shares): number {
  const labels = new Set([...Object.keys(a), ...Object.keys(b)])
  const differences = [...labels].map((label) => Math.abs((a[label] ?? 0) - (b[label] ?? 0)))
  return differences.reduce((sum, difference) => sum + difference, 0) / 2
}
