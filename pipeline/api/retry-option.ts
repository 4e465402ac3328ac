import { checkRetryCodes } from '../cli/retry-codes.ts'
import { defaultRetryCodes, type RetryCode } from '../records/retry.ts'

/** `--retry-failed` of a program: whether, or for which kinds of failure. */
export type RetryOption = boolean | readonly RetryCode[]

/** @throws UserError `usage` for a code that there is not. */
export function readRetryOption(option: RetryOption = false): readonly RetryCode[] | null {
  if (typeof option === 'boolean') return option ? defaultRetryCodes : null
  return checkRetryCodes(option)
}
