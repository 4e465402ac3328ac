import { UserError } from '../records/user-error.ts'
import { defaultRetryCodes, retryCodes, type RetryCode } from '../records/retry.ts'

/**
 * The codes of `--retry-failed[=codes]`; null without the option.
 * @throws UserError `usage` that lists the codes.
 */
export function readRetryCodes(text: string | undefined): readonly RetryCode[] | null {
  if (text === undefined) return null
  return text.trim() === '' ? defaultRetryCodes : checkRetryCodes(text.split(',').map((code) => code.trim()))
}

/** @throws UserError `usage` that lists the codes. */
export function checkRetryCodes(codes: readonly string[]): readonly RetryCode[] {
  const unknown = codes.filter((code) => !retryCodes.some((one) => one === code))
  if (unknown.length === 0 && codes.length > 0) return retryCodes.filter((code) => codes.includes(code))
  const got = codes.length === 0 ? 'none' : unknown.map((code) => `"${code}"`).join(', ')
  throw new UserError('usage', `--retry-failed: expected codes of ${retryCodes.join(', ')}, got ${got}`, {
    remedy: `Write --retry-failed=truncated,ungraded, or no code at all for ${defaultRetryCodes.join(', ')}.`,
  })
}
