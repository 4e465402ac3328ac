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

export function formatUsd(usd: number): string {
  return `$${usd.toFixed(usd >= 100 ? 2 : 4)}`
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
