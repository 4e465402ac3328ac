import type { Reply } from '../models/model-port.ts'
import type { UserError } from '../records/user-error.ts'
import { describeHopeless } from './describe-hopeless.ts'
import { exitCodes } from './exit-codes.ts'

type OpenReply = { readonly name: string; readonly reply: Extract<Reply, { status: 'unavailable' }> }

export type Unanswered = {
  /** A sentence without its full stop: how much waits, and that nothing was written. */
  readonly waiting: string
  /** The first few rows that wait, each with what it waits for. */
  readonly open: readonly OpenReply[]
  /** What ended the sending; null where nothing did. */
  readonly hopeless: UserError | null
  readonly wasSignalled: boolean
  /** The command that fetches answers by batch, such as `build --resume`. */
  readonly resume: string
}

export type UnansweredFacts = {
  readonly status: 'offline_miss' | 'provider_failed' | 'budget_reached' | 'submitted' | 'interrupted'
  readonly exitCode: number
  readonly message: string
  readonly details: readonly string[]
}

/** How a run ends that lacks answers, whatever it makes of them. */
export function describeUnanswered({ waiting, open, hopeless, wasSignalled, resume }: Unanswered): UnansweredFacts {
  if (hopeless !== null) {
    // Where all was stopped for one reason, each row would only say again that it was stopped, or why.
    const saysMore = ({ reply: { reason, detail } }: OpenReply): boolean =>
      reason !== 'interrupted' && reason !== 'budget' && !hopeless.message.includes(detail)
    const remedy = `${hopeless.remedy.slice(0, 1).toUpperCase()}${hopeless.remedy.slice(1)}`
    const message = `${endSentence(hopeless.message)} ${endSentence(remedy)} ${waiting}`
    return { ...describeHopeless(hopeless), message, details: open.filter(saysMore).map(describeRow) }
  }
  const details = open.map(describeRow)
  const reasons = new Set(open.map(({ reply }) => reply.reason))
  if (reasons.has('batched')) {
    const message = `${waiting}; batches are under way and go on without us: ${resume} fetches what they answer`
    return wasSignalled
      ? { status: 'interrupted', exitCode: exitCodes.interrupted, message, details: [] }
      : { status: 'submitted', exitCode: exitCodes.submitted, message, details: [] }
  }
  if (wasSignalled || reasons.has('interrupted')) {
    const message = `${waiting}; the same command goes on from here`
    return { status: 'interrupted', exitCode: exitCodes.interrupted, message, details: [] }
  }
  if (reasons.has('offline_miss')) {
    const message = `${waiting}; their answers are not in the store, and --offline sends nothing`
    return { status: 'offline_miss', exitCode: exitCodes.offlineMiss, message, details }
  }
  const message = `${waiting}; the same command goes on from here`
  return { status: 'provider_failed', exitCode: exitCodes.providerFailed, message, details }
}

function describeRow({ name, reply }: OpenReply): string {
  return `${name}: ${reply.digest.slice(0, 12)} ${reply.detail}`
}

function endSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}
