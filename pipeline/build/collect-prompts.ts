import { readSources } from '../importers/read-rows.ts'
import type { SourceRow } from '../importers/read-rows.ts'
import type { PromptSource } from '../importers/source-config.ts'
import type { Prompt } from '../records/prompt.ts'
import type { Rejection } from '../records/rejection.ts'
import { stages } from '../stages/index.ts'
import { tap } from '../stages/row-streams.ts'
import type { ResolvedBuild } from './resolve-build.ts'

export type CollectObserver = {
  readonly onRow: () => void
  readonly onPrompt: () => void
  readonly onReject: (rejection: Rejection) => void
}

/** Reads all sources and screens them: the free half of a build. */
export function collectPrompts(
  { config, folder }: Pick<ResolvedBuild, 'config' | 'folder'>,
  observer: CollectObserver,
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
    reject: observer.onReject,
  })
}
