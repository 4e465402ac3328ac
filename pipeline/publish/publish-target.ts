import { UserError } from '../records/user-error.ts'

export type HubTarget = {
  readonly kind: 'hub'
  /** Such as `owner/name`. */
  readonly repository: string
  readonly branch: string
}
export type S3Target = {
  readonly kind: 's3'
  readonly bucket: string
  /** Without slashes at its ends; empty for the bucket's root. */
  readonly prefix: string
}
export type PublishTarget = HubTarget | S3Target

/** As the hub and its `hf://` addresses spell them; a branch may have slashes. */
const hubForm = /^hf:\/\/datasets\/([\w-][\w.-]*\/[\w-][\w.-]*)(?:@([\w-][\w./-]*))?$/
const s3Form = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([\w./=-]*))?$/

/** @throws UserError `publish_target`. */
export function parseTarget(text: string): PublishTarget {
  const [, repository, branch = 'main'] = hubForm.exec(text) ?? []
  if (repository !== undefined && !branch.includes('..')) return { kind: 'hub', repository, branch }
  const [, bucket, path = ''] = s3Form.exec(text) ?? []
  const steps = path.split('/').filter((step) => step !== '')
  if (bucket !== undefined && !steps.some((step) => step === '.' || step === '..')) {
    return { kind: 's3', bucket, prefix: steps.join('/') }
  }
  throw new UserError(
    'publish_target',
    `expected hf://datasets/<owner>/<name> or s3://<bucket>/<prefix>, got "${text}"`,
    {
      where: '--to',
      remedy:
        'A branch goes after the name: hf://datasets/owner/name@branch. Prefixes are letters, digits and any of . _ - = /.',
    },
  )
}

/** As it is written on the command line. */
export function showTarget(target: PublishTarget): string {
  if (target.kind === 'hub')
    return `hf://datasets/${target.repository}${target.branch === 'main' ? '' : `@${target.branch}`}`
  return `s3://${target.bucket}${target.prefix === '' ? '' : `/${target.prefix}`}`
}
