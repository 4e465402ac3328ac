import { hash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Totals } from '../build/ledger.ts'
import { spendSchema } from '../build/manifest.ts'
import { renderCanonicalJson } from '../shards/canonical-json.ts'
import type { ResolvedSynthesis } from './load-synthesis.ts'
import { synthesisCountsSchema, type SynthesisCounts } from './synthesis-counts.ts'

/** Not `manifest.json`: a set is no build, and what looks for builds must not take it for one. */
export const synthesisManifestName = 'synthesis.json'

const fileSchema = z.strictObject({ path: z.string(), rows: z.int(), bytes: z.int(), sha256: z.string() })
export type SetFile = Readonly<z.infer<typeof fileSchema>>

const synthesisManifestSchema = z.strictObject({
  synthesisVersion: z.literal(1),
  name: z.string(),
  setId: z.string(),
  inputs: z.strictObject({
    /** The config as far as it can change a prompt. */
    config: z.json(),
    /** SHA-256 of the topics, in order. */
    topics: z.string(),
    specSet: z.strictObject({ name: z.string(), digest: z.string() }),
    /** Template id to digest. */
    templates: z.record(z.string(), z.string()),
    /** `<set>: <file>` to SHA-256 of each file of evaluation prompts. */
    evaluations: z.record(z.string(), z.string()),
  }),
  counts: synthesisCountsSchema,
  /** What the set rests on, whichever run paid for it. */
  cost: spendSchema,
  files: z.array(fileSchema),
})
export type SynthesisManifest = Readonly<z.infer<typeof synthesisManifestSchema>>

export type ManifestParts = {
  readonly counts: SynthesisCounts
  readonly cost: Totals['build']
  readonly files: readonly SetFile[]
  readonly evaluations: Readonly<Record<string, string>>
}

/** Without a clock: equal inputs and answers give equal bytes. */
export function describeSet(
  { config, topics, specs, templates, roles }: ResolvedSynthesis,
  { counts, cost, files, evaluations }: ManifestParts,
): SynthesisManifest {
  const { intents, familiesPerTopic, paraphrases, languages, verify, rules, screen, incompleteFamilies } = config
  const settings = { intents, familiesPerTopic, paraphrases, languages, rules, screen, incompleteFamilies }
  const used = [config.write, config.paraphrase, config.translate, verify].map(({ template }) => template)
  return {
    synthesisVersion: 1,
    name: config.name,
    setId: nameSet(files),
    inputs: {
      config: z.json().parse({ ...settings, verifiedCategory: verify.category, models: roles }),
      topics: hash('sha256', renderCanonicalJson(topics)),
      specSet: { name: specs.name, digest: specs.digest },
      templates: Object.fromEntries([...used, 'repair/form'].map((id) => [id, templates.get(id).digest])),
      evaluations: { ...evaluations },
    },
    counts,
    cost: { ...cost },
    files: [...files],
  }
}

/** A set's name is that of its rows, so that the same rows have one. */
export function nameSet(files: readonly SetFile[]): string {
  const digests = files.map(({ path, sha256 }) => [path, sha256])
  return `s-${hash('sha256', JSON.stringify(digests)).slice(0, 16)}`
}

/** Whether a folder holds a set with all its files in their sizes. */
export async function isWholeSet(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, synthesisManifestName), 'utf8').catch(() => null)
  if (text === null) return false
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
  const parsed = synthesisManifestSchema.safeParse(value)
  if (!parsed.success) return false
  for (const { path, bytes } of parsed.data.files) {
    const found = await stat(join(folder, path)).catch(() => null)
    if (found?.size !== bytes) return false
  }
  return true
}
