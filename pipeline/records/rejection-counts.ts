/** Stage to reason code to rows. */
export type RejectionCounts = Readonly<Record<string, Readonly<Record<string, number>>>>

export type CountedReason = { readonly stage: string; readonly code: string; readonly count: number }

export function flattenCounts(counts: RejectionCounts): readonly CountedReason[] {
  return Object.entries(counts).flatMap(([stage, codes]) =>
    Object.entries(codes).map(([code, count]) => ({ stage, code, count })),
  )
}
