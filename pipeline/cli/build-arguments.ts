import type { RunnerArguments } from './take-runner-options.ts'

/** The options of `build`. */
export type BuildArguments = RunnerArguments & {
  config: string
  json: boolean
  unattended: boolean
  'keep-stages': boolean
  recompute: boolean
  'retry-failed': string | undefined
  strategy: 'regenerate' | 'regrade-first'
  against: string | undefined
  plan: string | undefined
  'spec-set': string | undefined
  name: string | undefined
}
