import type { BuildConfig } from '../config/build-config.ts'
import { readSources } from '../importers/read-rows.ts'
import type { SourceRow } from '../importers/read-rows.ts'
import type { PromptSource } from '../importers/source-config.ts'
import type { Prompt } from '../records/prompt.ts'
import type { Rejection } from '../records/rejection.ts'
import { stages } from '../stages/index.ts'
import { tap } from '../stages/row-streams.ts'
import type { KeptPrompt, ScreenMemory } from '../stages/screen/screen-memory.ts'
import type { Spool } from '../spool/spool.ts'
import { numberItems } from './number-items.ts'

export type CollectSettings = {
  readonly config: Pick<BuildConfig, 'sources' | 'evaluations' | 'collect' | 'screen'>
  readonly folder: string
}

export type CollectObserver = {
  readonly onRow: () => void
  readonly onPrompt: () => void
  readonly onReject: (rejection: Rejection) => void
}

/** Reads all sources and screens them: the free half of a build. */
export function collectPrompts(
  { config, folder }: CollectSettings,
  observer: CollectObserver,
  spool: Spool,
  signal: AbortSignal,
): AsyncIterable<Prompt> {
  const options = config.collect
  const read = (sources: readonly PromptSource[]): AsyncIterable<SourceRow> =>
    readSources(sources, { baseDirectory: folder, signal })
  const prompts = stages.collect.run(tap(read(config.sources), observer.onRow), { options, reject: observer.onReject })
  const evaluations = stages.collect.run(read(config.evaluations), { options, reject: () => undefined })
  return stages.screen.run(tap(prompts, observer.onPrompt), {
    options: config.screen,
    evaluations,
    memory: createSpoolMemory(spool),
    reject: observer.onReject,
  })
}

/** The screen's memory in the scratch file of a run. */
export function createSpoolMemory(spool: Spool): ScreenMemory {
  return { kept: numberItems(spool.table<KeptPrompt>('kept')), sketches: numberItems(spool.table<string>('sketches')) }
}
