import type { Amount, Budget, Reservation } from '../../models/budget.ts'
import { estimateWorst, measureAnswer, type Tariff } from '../../models/with-budget.ts'
import type { Answer } from '../../records/answer.ts'
import type { ModelRequest } from '../../records/request.ts'

/**
 * Room in the run's budget for requests that are written down for a wave. All of a wave's worst cases are set aside
 * before any of it is sent, so a wave is cut to what the budget allows.
 */
export type WaveBudget = {
  /** Sets a request's worst case aside; false when there is no room now. */
  readonly take: (digest: string, request: ModelRequest) => boolean
  readonly settle: (digest: string, answer: Answer) => void
  /** It may have been billed, and nobody says how much. */
  readonly assume: (digest: string) => void
  /** It was not sent, or it was not answered. */
  readonly release: (digest: string) => void
  /** Digests with room set aside. */
  readonly listOpen: () => readonly string[]
  /**
   * To be called when a pass was denied room and nothing is waited for: gives back all that is still set aside. True when
   * the rest does not fit even so: the budget is reached, for good. False: there is room after all.
   */
  readonly conclude: () => Promise<boolean>
}

export const noBudget: WaveBudget = {
  take: () => true,
  settle: () => undefined,
  assume: () => undefined,
  release: () => undefined,
  listOpen: () => [],
  conclude: async () => false,
}

/** A budget of single requests as one of waves. A batch counts in the run that submits it. */
export function createWaveBudget(budget: Budget, tariffOf: (request: ModelRequest) => Tariff): WaveBudget {
  const open = new Map<string, { readonly reservation: Reservation; readonly tariff: Tariff }>()
  /** The last one that did not fit: it is of the latest pass, whose requests alone still matter. */
  let denied: Amount | null = null
  const close = (digest: string, end: (reservation: Reservation, tariff: Tariff) => void): void => {
    const one = open.get(digest)
    open.delete(digest)
    if (one !== undefined) end(one.reservation, one.tariff)
  }
  return {
    take(digest, request) {
      // Its batch was dropped before it was sent; a reservation that nobody can close would be waited for without end.
      close(digest, (one) => one.release())
      const tariff = tariffOf(request)
      const { price, maxReplyTokens } = tariff
      const live = estimateWorst(request, price, maxReplyTokens)
      const worst = { ...live, costUsd: live.costUsd * (price?.batchFactor ?? 1) }
      const reservation = budget.tryReserve(worst)
      if (reservation !== null) open.set(digest, { reservation, tariff })
      else denied = worst
      return reservation !== null
    },
    settle: (digest, answer) => close(digest, (one, { price }) => one.settle(measureAnswer(answer, price))),
    assume: (digest) => close(digest, (one) => one.settle(null)),
    release: (digest) => close(digest, (one) => one.release()),
    listOpen: () => [...open.keys()],
    conclude: async () => {
      // Nothing of this run is under way any more, so nothing that is set aside will be needed.
      for (const digest of open.keys()) close(digest, (one) => one.release())
      if (denied === null) return false
      const reservation = await budget.reserve(denied)
      reservation?.release()
      return reservation === null
    },
  }
}
