/** A share of a whole in words for people; `none` over nothing. */
export function formatShare(count: number, whole: number): string {
  return whole === 0 ? 'none' : formatPercent(count / whole)
}

/** A tenth of a percent; never 100% or 0% for what is only nearly so. */
export function formatPercent(share: number): string {
  if (share === 0 || share === 1) return `${share * 100}%`
  const percent = Math.min(Math.max(share * 100, 0.1), 99.9)
  return `${percent.toFixed(1)}%`
}

export function formatMean(mean: number | null, digits = 2): string {
  return mean === null ? 'none' : mean.toFixed(digits)
}

/** With narrow spaces between thousands. */
export function formatCount(count: number): string {
  return String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, '\u202f')
}

/** Where there is room for four characters. */
export function formatShort(count: number): string {
  if (count >= 1e6) return `${(count / 1e6).toFixed(count >= 1e7 ? 0 : 1)}M`
  return count >= 1e3 ? `${(count / 1e3).toFixed(count >= 1e4 ? 0 : 1)}k` : String(count)
}

export function formatUsd(usd: number): string {
  if (usd < 100) return `$${usd.toFixed(4)}`
  const [dollars = 0, cents = 0] = usd.toFixed(2).split('.').map(Number)
  return `$${formatCount(dollars)}.${String(cents).padStart(2, '0')}`
}

export function formatMs(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  const seconds = ms / 1000
  if (seconds < 120) return `${seconds.toFixed(1)} s`
  const minutes = seconds / 60
  return minutes < 120 ? `${minutes.toFixed(1)} min` : `${(minutes / 60).toFixed(1)} h`
}

export function nameOf(code: string): string {
  return code.replaceAll('_', ' ')
}
