/** Dollars and tokens of one request or of many. */
export type Amount = { readonly costUsd: number; readonly tokens: number }

/** Null: no cap. */
export type Caps = { readonly maxCostUsd: number | null; readonly maxTokens: number | null }

/** Room for one request. Exactly one of the two is called, once. */
export type Reservation = {
  /** What it came to; null where the server did not say: then it counts at its worst case. */
  readonly settle: (actual: Amount | null) => void
  /** Nothing was billed. */
  readonly release: () => void
}

export type BudgetState = {
  readonly spent: Amount
  /** Of `spent`, what counts at its worst case because nobody said what it came to. */
  readonly assumed: Amount
  /** Set aside for requests in flight. */
  readonly reserved: Amount
  /** Why no more is sent; null as long as there is room. */
  readonly reached: string | null
  /** Beyond a cap: answers that cost more than their worst case. */
  readonly overshoot: Amount
}

export type Budget = {
  /** Waits while requests in flight may yet leave room; null once the cap is reached, for this and all later requests. */
  readonly reserve: (worst: Amount) => Promise<Reservation | null>
  /** Waits for nothing; null when there is no room now, which is not to say that the cap is reached. */
  readonly tryReserve: (worst: Amount) => Reservation | null
  readonly read: () => BudgetState
}

const nothing: Amount = { costUsd: 0, tokens: 0 }
/** Sums of thousands of small amounts are not exact. */
const tolerance: Amount = { costUsd: 1e-9, tokens: 0 }

/**
 * A cap on what one run spends. A request is sent only if its worst case fits into what is neither spent nor set aside,
 * so the cap is passed only by answers that cost more than their worst case, and by these alone.
 *
 * States: a request that does not fit waits, in order, as long as any is in flight, since that one may come to less
 * than was set aside for it. If none is in flight the cap is reached, for good: every waiting and later request is
 * refused, so what is left unspent is less than one request's worst case.
 * @param onReached Told once.
 */
export function createBudget(caps: Caps, onReached: (reason: string) => void): Budget {
  let spent: Amount = nothing
  let assumed: Amount = nothing
  let reserved: Amount = nothing
  let reached: string | null = null
  let inFlight = 0
  let waiting: { readonly worst: Amount; readonly grant: (reservation: Reservation | null) => void }[] = []

  const fits = (worst: Amount): boolean => {
    const total = add(add(spent, reserved), worst)
    return isWithin(total.costUsd, caps.maxCostUsd, tolerance.costUsd) && isWithin(total.tokens, caps.maxTokens, 0)
  }
  const open = (worst: Amount): Reservation => {
    reserved = add(reserved, worst)
    inFlight += 1
    let isOpen = true
    const close = (actual: Amount): void => {
      if (!isOpen) throw new Error('a reservation is settled or released once')
      isOpen = false
      inFlight -= 1
      reserved = subtract(reserved, worst)
      spent = add(spent, actual)
      serve()
    }
    return {
      settle(actual) {
        if (actual === null) assumed = add(assumed, worst)
        close(actual ?? worst)
      },
      release: () => close(nothing),
    }
  }
  const serve = (): void => {
    while (waiting.length > 0) {
      const [next] = waiting
      if (next === undefined || (reached === null && !fits(next.worst) && inFlight > 0)) return
      waiting = waiting.slice(1)
      if (reached === null && !fits(next.worst)) {
        reached = describeReached(caps, spent, next.worst)
        onReached(reached)
      }
      next.grant(reached === null ? open(next.worst) : null)
    }
  }
  return {
    reserve: (worst) =>
      new Promise((resolve) => {
        waiting.push({ worst, grant: resolve })
        serve()
      }),
    tryReserve: (worst) => (reached === null && waiting.length === 0 && fits(worst) ? open(worst) : null),
    read: () => ({
      spent: spent,
      assumed: assumed,
      reserved: reserved,
      reached,
      overshoot: {
        costUsd: excess(spent.costUsd, caps.maxCostUsd, tolerance.costUsd),
        tokens: excess(spent.tokens, caps.maxTokens, 0),
      },
    }),
  }
}

function add(a: Amount, b: Amount): Amount {
  return { costUsd: a.costUsd + b.costUsd, tokens: a.tokens + b.tokens }
}

function subtract(a: Amount, b: Amount): Amount {
  return { costUsd: a.costUsd - b.costUsd, tokens: a.tokens - b.tokens }
}

function isWithin(total: number, cap: number | null, tolerance: number): boolean {
  return cap === null || total <= cap + tolerance
}

function excess(total: number, cap: number | null, tolerance: number): number {
  return isWithin(total, cap, tolerance) || cap === null ? 0 : total - cap
}

/** Why the next request is not sent. */
export function describeReached({ maxCostUsd, maxTokens }: Caps, spent: Amount, worst: Amount): string {
  const isCost = !isWithin(spent.costUsd + worst.costUsd, maxCostUsd, tolerance.costUsd)
  return isCost && maxCostUsd !== null
    ? `of $${maxCostUsd} for this run $${spent.costUsd.toFixed(4)} are spent, and the next request may cost $${worst.costUsd.toFixed(4)}`
    : `of ${maxTokens} tokens for this run ${spent.tokens} are spent, and the next request may take ${worst.tokens}`
}
