import type { Argv } from 'yargs'

/** How a command that asks models gets its answers, and for how much. */
export type RunnerArguments = {
  offline: boolean
  executor: 'live' | 'batch' | 'queue'
  detach: boolean
  resume: boolean
  'max-cost': number | undefined
  'max-tokens': number | undefined
}

export function takeRunnerOptions<T>(yargs: Argv<T>): Argv<T & RunnerArguments> {
  return yargs
    .option('offline', {
      type: 'boolean',
      default: false,
      describe: 'Use stored and recorded answers only; send nothing',
    })
    .option('executor', {
      choices: ['live', 'batch', 'queue'] as const,
      default: 'live' as const,
      describe: 'Send what the store lacks at once, or by the Batch API, or leave it to workers',
    })
    .option('detach', {
      type: 'boolean',
      default: false,
      describe: 'By batch: fetch what has come back, submit what is missing, and do not wait',
    })
    .option('resume', { type: 'boolean', default: false, describe: 'By batch: go on with batches under way' })
    .option('max-cost', { type: 'number', describe: 'Spend so many US dollars at most; default: budget.maxCostUsd' })
    .option('max-tokens', { type: 'number', describe: 'Spend so many tokens at most; default: budget.maxTokens' })
}
