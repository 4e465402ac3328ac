/** The options of `build`. */
export type BuildArguments = {
  config: string
  offline: boolean
  executor: 'live' | 'batch' | 'queue'
  detach: boolean
  resume: boolean
  json: boolean
  unattended: boolean
  'keep-stages': boolean
  recompute: boolean
  'retry-failed': string | undefined
  strategy: 'regenerate' | 'regrade-first'
  against: string | undefined
  plan: string | undefined
  'max-cost': number | undefined
  'max-tokens': number | undefined
  'spec-set': string | undefined
  name: string | undefined
}
