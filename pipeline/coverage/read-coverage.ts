import { z } from 'zod'
import { collectPrompts, type CollectSettings } from '../build/collect-prompts.ts'
import { readBuildRows } from '../build/read-build-rows.ts'
import { readManifest } from '../build/read-manifest.ts'
import { openScratchSpool } from '../build/scratch-spool.ts'
import { messageSchema } from '../records/message.ts'
import { createCoverageCounter, type Coverage } from './coverage.ts'

/** What was counted, and what was left out by stage and reason. */
export type CoverageReading = {
  readonly coverage: Coverage
  readonly rejected: Readonly<Record<string, number>>
}

/**
 * The prompts that a build of the config would work on: collected and screened.
 * @throws UserError what collect and the importers throw.
 */
export async function readSourceCoverage(
  settings: CollectSettings,
  categories: readonly string[],
  signal: AbortSignal,
): Promise<CoverageReading> {
  await using spool = await openScratchSpool()
  const counter = createCoverageCounter()
  const rejected = new Map<string, number>()
  const observer = {
    onRow: () => undefined,
    onPrompt: () => undefined,
    onReject: ({ code }: { readonly code: string }) => void rejected.set(code, (rejected.get(code) ?? 0) + 1),
  }
  for await (const prompt of collectPrompts(settings, observer, spool, signal)) counter.add(prompt)
  return {
    coverage: counter.read(categories),
    rejected: Object.fromEntries([...rejected].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  }
}

const rowSchema = z.object({
  prompt: z.array(messageSchema),
  category: z.string(),
  intent: z.string(),
  language: z.string().nullable(),
})

/**
 * The accepted rows of a build.
 * @throws UserError `manifest`, `hidden_rows`, and what reading a shard throws.
 */
export async function readBuildCoverage(folder: string): Promise<CoverageReading> {
  const manifest = await readManifest(folder)
  const counter = createCoverageCounter()
  const accepted = ['prompt', 'category', 'intent', 'language']
  for await (const { row } of readBuildRows({ folder, files: { ...manifest, rejected: [] } }, { accepted })) {
    const { prompt, ...labels } = rowSchema.parse(row)
    counter.add({ messages: prompt, ...labels })
  }
  const categories = Object.keys(manifest.inputs.specSet.specs).filter((id) => id !== 'shared')
  return { coverage: counter.read(categories), rejected: {} }
}
