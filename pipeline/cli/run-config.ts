import type { BuildConfig } from '../config/build-config.ts'

/** What a run that sends requests needs to know of its config, whatever it makes. */
export type RunConfig = {
  readonly config: Pick<BuildConfig, 'name' | 'models' | 'budget' | 'batch'>
  /** Absolute path, or the address of a store on PostgreSQL. */
  readonly storePath: string
}
