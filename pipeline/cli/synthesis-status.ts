import type { Totals } from '../build/ledger.ts'
import type { UserError } from '../records/user-error.ts'
import type { SynthesisResult } from '../synthesis/run-synthesis.ts'
import type { SynthesisCounts } from '../synthesis/synthesis-counts.ts'
import { describeError, type EndStatus } from './build-status.ts'
import { renderBatches } from './describe-batches.ts'
import { describeUnanswered } from './describe-unanswered.ts'
import { exitCodes } from './exit-codes.ts'
import { nameFrom, renderBudget, renderRequests } from './render-status.ts'
import { renderSynthesisCounts } from './render-synthesis.ts'

/** What `status.json` and `prompts synthesize --json` say; the fields that a build has mean the same. */
export type SynthesisStatus = Pick<
  EndStatus,
  'status' | 'exitCode' | 'path' | 'message' | 'details' | 'budget' | 'batches' | 'startedAt' | 'finishedAt'
> & {
  readonly name: string
  readonly setId: string | null
  readonly counts: SynthesisCounts | null
  readonly requests: Readonly<Totals> | null
}

type Facts = Pick<SynthesisStatus, 'status' | 'exitCode' | 'message' | 'details'>

export function describeSynthesis(result: SynthesisResult, hopeless: UserError | null, wasSignalled: boolean): Facts {
  switch (result.status) {
    case 'published':
      return { status: 'published', exitCode: exitCodes.done, message: result.setId, details: [] }
    case 'unchanged':
      return { status: 'unchanged', exitCode: exitCodes.done, message: `${result.setId} stands already`, details: [] }
    case 'held':
      return {
        status: 'held',
        exitCode: exitCodes.gateFailed,
        message: 'no prompt was accepted; the rejected ones were put aside and `latest` was not moved',
        details: [],
      }
    case 'incomplete': {
      const { counts, open } = result
      return describeUnanswered({
        waiting: `${counts.open} of ${counts.slots} places for a prompt wait for an answer; nothing was written`,
        open: open.map(({ slot, step, reply }) => ({ name: `${slot} ${step}`, reply })),
        hopeless,
        wasSignalled,
        resume: 'prompts synthesize --resume',
      })
    }
  }
}

/** The status of a run that ended in an error. */
export function describeSynthesisError(error: unknown, name: string, startedAt: string): SynthesisStatus {
  const { status, exitCode, message, details } = describeError(error)
  const nothing = { setId: null, path: null, counts: null, requests: null, budget: null, batches: null }
  return { status, exitCode, message, details, name, ...nothing, startedAt, finishedAt: new Date().toISOString() }
}

/** The summary for a person; paths as seen from `workingFolder`. */
export function renderSynthesisStatus(status: SynthesisStatus, workingFolder: string): string {
  const { counts, requests, path, batches, budget } = status
  const lines = [`${status.status}: ${status.message}`, ...status.details.map((detail) => `  ${detail}`)]
  if (counts !== null) lines.push(...renderSynthesisCounts(counts))
  if (requests !== null) lines.push(`requests    ${renderRequests(requests)}`)
  if (batches !== null) lines.push(`batches     ${renderBatches(batches)}`)
  if (budget !== null) lines.push(`budget      ${renderBudget(budget)}`)
  if (path !== null) lines.push(`output      ${nameFrom(workingFolder, path)}`)
  return lines.join('\n')
}
