import { S3ServiceException } from '@aws-sdk/client-s3'
import { UserError } from '../../records/user-error.ts'
import { PublishFailure } from '../publish-failure.ts'

const denied: ReadonlySet<string> = new Set([
  'AccessDenied',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'InvalidToken',
])
const noCredentials: ReadonlySet<string> = new Set(['CredentialsProviderError', 'TokenProviderError'])

export function statusOf(error: unknown): number | null {
  return error instanceof S3ServiceException ? (error.$metadata.httpStatusCode ?? null) : null
}

/** The SDK has tried again what may pass before it throws. */
export function explainS3Failure(error: unknown, where: string, doing: string): Error {
  if (!(error instanceof Error) || error instanceof UserError || error instanceof PublishFailure) {
    return error instanceof Error ? error : new Error(String(error))
  }
  if (error.name === 'AbortError') return error
  if (noCredentials.has(error.name)) {
    return new UserError('s3_credentials', 'expected credentials for the storage, got none', {
      where,
      remedy: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, as for other tools of AWS.',
      cause: error,
    })
  }
  const status = statusOf(error)
  if (denied.has(error.name) || status === 401 || status === 403) {
    return new UserError('s3_denied', `expected the right to read and write, got ${error.name} while ${doing}`, {
      where,
      remedy: 'Check the credentials, and that they may list, read and write below the prefix.',
      cause: error,
    })
  }
  if (status === 404) {
    return new UserError('s3_not_found', `expected a bucket that is there, got ${error.name} while ${doing}`, {
      where,
      remedy: 'Check the bucket, --endpoint and --region. Buckets are not made here.',
      cause: error,
    })
  }
  if (status === 301 || status === 400) {
    return new UserError(
      's3_refused',
      `expected the storage to take this, got ${error.name} (${status}) while ${doing}`,
      {
        where,
        remedy: 'Check --endpoint, --region and --path-style; the bucket may be in another region.',
        cause: error,
      },
    )
  }
  if (status === null && !('code' in error) && error.name !== 'TimeoutError') return error
  const got = status === null ? ('code' in error ? String(error.code) : error.name) : `${error.name} (${status})`
  return new PublishFailure(`the storage answered ${got} while ${doing}, each time it was tried`, error)
}
