import { HubApiError } from '@huggingface/hub'
import { z } from 'zod'
import { UserError } from '../../records/user-error.ts'
import { PublishFailure } from '../publish-failure.ts'

const messageSchema = z.object({ error: z.string().optional(), message: z.string().optional() })
const longestMessage = 300

/** Addresses of uploads are signed: whoever reads one in a log could use it. So the client's own words are not shown. */
export function explainHubFailure(error: unknown, repository: string, doing: string): Error {
  if (error instanceof UserError || error instanceof PublishFailure) return error
  if (!(error instanceof HubApiError)) {
    if (!(error instanceof Error) || error.name === 'AbortError')
      return error instanceof Error ? error : new Error(String(error))
    const cause = error.cause instanceof Error ? error.cause.message : error.message
    if (error instanceof TypeError || error.name === 'TimeoutError' || error.name === 'NotReadableError') {
      return new PublishFailure(`the hub could not be reached while ${doing}: ${cause}`, error)
    }
    return error
  }
  const { statusCode: status } = error
  const told = tellOf(error)
  if (status === 401) {
    return new UserError('hub_token', `expected a token that the hub takes, got 401 while ${doing}${told}`, {
      where: repository,
      remedy: 'Set HF_TOKEN to a token of your account that is still valid, with the right to write.',
    })
  }
  if (status === 403) {
    return new UserError('hub_forbidden', `expected the right to write, got 403 while ${doing}${told}`, {
      where: repository,
      remedy:
        'Use a token with write access to this repository or organisation, and check the storage limits of the account.',
    })
  }
  if (status === 404) {
    return new UserError(
      'hub_not_found',
      `expected a data set that this token may see, got 404 while ${doing}${told}`,
      {
        where: repository,
        remedy: 'Check owner, name and branch in --to, and that the token may see them.',
      },
    )
  }
  if (status === 408 || status === 429 || status >= 500) {
    return new PublishFailure(`the hub answered ${status} while ${doing}, each time it was tried${told}`, error)
  }
  return new UserError('hub_refused', `expected the hub to take this, got ${status} while ${doing}${told}`, {
    where: repository,
    remedy: 'The hub says what it wants; mend that and publish again.',
  })
}

/** What the hub says, on one line; it is another's text, so it is cut. */
function tellOf({ data }: HubApiError): string {
  const parsed = messageSchema.safeParse(data)
  const text = parsed.success ? (parsed.data.error ?? parsed.data.message ?? '') : ''
  const line = text.replace(/\?\S*/g, '').replace(/\s+/g, ' ').trim().slice(0, longestMessage)
  return line === '' ? '' : ` ("${line}")`
}
