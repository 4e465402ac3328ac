export type MovedFile = { readonly path: string; readonly bytes: number }

/** What moves, file by file. */
export type PublishPlan = {
  readonly upload: readonly MovedFile[]
  /** There already, with equal bytes. */
  readonly skip: readonly MovedFile[]
  /** Of the set that was published before, and not of this one. */
  readonly delete: readonly MovedFile[]
  /** Everything else that changes, or stays though it is not ours, in words. */
  readonly notes: readonly string[]
}

export type PublishOutcome = {
  /** `planned`: a dry run that found something to do. */
  readonly status: 'published' | 'unchanged' | 'planned'
  readonly plan: PublishPlan
  /** Where it stands: a commit, or the pointer's object; null when nothing was written. */
  readonly revision: string | null
}

export type PublishOptions = {
  /** Send no write. */
  readonly isDryRun: boolean
  readonly signal: AbortSignal
  readonly note: (line: string) => void
}
