/** What was sent lately, and what of it was not turned away. */
export type Throughput = {
  readonly add: (tokens: number) => Sent
  /** Of the time since then, the latest part that says enough. */
  readonly since: (atMs: number) => Sums
  /** Of the last minute, whole, what was not refused. */
  readonly minute: () => Pick<Sums, 'requests' | 'tokens'>
}

/** An entry, to be put right when more is known. */
export type Sent = { readonly atMs: number; tokens: number; isRefused: boolean }

export type Sums = {
  readonly spanMs: number
  /** Refused ones included. */
  readonly sent: number
  /** Not refused, so far. */
  readonly requests: number
  readonly tokens: number
}

const memoryMs = 60_000
/** A rate of so many requests over so long is right to some percent; what was before is not asked. */
const enough = { requests: 50, spanMs: 10_000 }

export function createThroughput(now: () => number): Throughput {
  let log: Sent[] = []
  let first = 0
  const startedMs = now()

  const forget = (): void => {
    const oldestMs = now() - memoryMs
    while ((log[first]?.atMs ?? Infinity) < oldestMs) first += 1
    if (first < 1024 || first * 2 < log.length) return
    log = log.slice(first)
    first = 0
  }
  return {
    add(tokens) {
      forget()
      const entry: Sent = { atMs: now(), tokens, isRefused: false }
      log.push(entry)
      return entry
    },
    since(atMs) {
      forget()
      const nowMs = now()
      let fromMs = Math.max(atMs, startedMs, nowMs - memoryMs)
      let [sent, requests, tokens] = [0, 0, 0]
      for (let n = log.length - 1; n >= first; n -= 1) {
        const entry = log[n]
        if (entry === undefined || entry.atMs < fromMs) break
        if (requests >= enough.requests && nowMs - entry.atMs >= enough.spanMs) {
          fromMs = entry.atMs
          break
        }
        sent += 1
        if (entry.isRefused) continue
        requests += 1
        tokens += entry.tokens
      }
      return { spanMs: nowMs - fromMs, sent, requests, tokens }
    },
    minute() {
      forget()
      let [requests, tokens] = [0, 0]
      for (let n = first; n < log.length; n += 1) {
        const entry = log[n]
        if (entry === undefined || entry.isRefused) continue
        requests += 1
        tokens += entry.tokens
      }
      return { requests, tokens }
    },
  }
}
