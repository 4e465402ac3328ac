import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { noRetries } from '../answers/attempts.ts'
import { writeJson } from './build-folder.ts'
import { decisionEffects } from '../decisions/decision-effects.ts'
import { identifyGraders } from './calibration-gate.ts'
import type { BuildCounts } from './build-counts.ts'
import { identifyConfig } from './config-identity.ts'
import { digestFile, digestSources } from './digest-file.ts'
import { digestInputFiles } from './digest-input-files.ts'
import { judges } from '../graders/judges/index.ts'
import { rules } from '../graders/rules/index.ts'
import type { Spec } from '../guidance/spec.ts'
import type { Manifest } from './manifest.ts'
import { parseJson } from '../records/parse-json.ts'
import { readWholeBuild } from './read-whole-build.ts'
import type { ResolvedBuild } from './resolve-build.ts'
import { digestTokenizerFiles } from '../tokens/tokenizer-files.ts'

const markName = '.fingerprint.json'
/** `pipeline`, whose sources are in the package beside the JavaScript that was made of them. */
const packageRoot = join(import.meta.dirname, '../..')

export const buildInputsSchema = z.strictObject({
  /** The config as far as it can change a build, and its gates. */
  config: z.string(),
  /** Spec id to digest of its text, the shared principles as `shared`. */
  specs: z.record(z.string(), z.string()),
  /** Template id to digest. */
  templates: z.record(z.string(), z.string()),
  /** `<source>: <file>` to digest of the file. */
  files: z.record(z.string(), z.string()),
  /** Digest of this program's source, Node's version, and graders that a caller brought. */
  program: z.string(),
  /** The answer store's id. */
  store: z.string(),
  /** Digest of what auditors decided, as far as a build looks at it. */
  decisions: z.string(),
  /** Digest of which requests are asked again; `none` where none is, and in plans of earlier versions. */
  retries: z.string().default(noRetries),
  /** `regenerate`, or `regrade-first` with the build whose answers are looked at again. */
  strategy: z.string(),
})
/** Everything that a build depends on, as digests with names, so that what moved between two runs can be said. */
export type BuildInputs = Readonly<z.infer<typeof buildInputsSchema>>

export type BuildState = {
  readonly storeId: string
  /** {@link StandingDecisions}'s digest. */
  readonly decisions: string
  /** {@link Attempts}'s digest. */
  readonly retries: string
  /** The id of the build whose answers are looked at again; null under the strategy regenerate. */
  readonly regrade: string | null
}

/** No source has such a name. */
const tokenizerPrefix = 'emit.tokenizer: '

/** The files that token counts depend on, as the config names them, among all input files. */
export function pickTokenizerFiles(files: BuildInputs['files']): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(files)
      .filter(([name]) => name.startsWith(tokenizerPrefix))
      .map(([name, digest]) => [name.slice(tokenizerPrefix.length), digest]),
  )
}

/** Reads the bytes of every input file. */
export async function digestInputs(
  resolved: ResolvedBuild,
  { storeId, decisions, retries, regrade }: BuildState,
): Promise<BuildInputs> {
  const { config, specs, templates, folder } = resolved
  const files = await digestInputFiles([...config.sources, ...config.evaluations], folder)
  for (const [name, digest] of Object.entries(await digestTokenizerFiles(config.emit.tokenizer, folder))) {
    files[`${tokenizerPrefix}${name}`] = digest
  }
  return {
    config: hash(
      'sha256',
      JSON.stringify([
        identifyConfig(config).digest,
        config.gates,
        ...(config.quota === null ? [] : [config.quota.onShortfall]),
      ]),
    ),
    specs: Object.fromEntries([specs.shared, ...specs.specs.values()].map((spec) => [spec.id, digestSpec(spec)])),
    templates: Object.fromEntries([...templates.all].map(([id, template]) => [id, template.digest])),
    files,
    program: `${await digestProgram()} on Node ${process.versions.node}${describeOwnGraders(resolved.grade)}`,
    store: storeId,
    decisions,
    retries,
    strategy: regrade === null ? 'regenerate' : `regrade-first ${regrade}`,
  }
}

function digestSpec({ prefix, title, summary, body }: Spec): string {
  return hash('sha256', JSON.stringify([prefix, title, summary, body]))
}

/**
 * One digest of everything a build depends on. Answers in a store never change, so a whole build that was made under
 * the same fingerprint is the build that would be made again.
 * @param gateState what a gate rests on beside the build itself; null where no gate does.
 */
export function fingerprint(inputs: BuildInputs, gateState: string | null): string {
  return hash('sha256', JSON.stringify(gateState === null ? inputs : [inputs, gateState]))
}

/** Graders that the program does not have itself; those it has are covered by its digest and the config. */
function describeOwnGraders({ rules: ownRules, panel }: ResolvedBuild['grade']): string {
  const own = identifyGraders({
    rules: ownRules.filter((rule) => !rules.includes(rule)),
    panel: panel.filter(({ judge }) => judges.get(judge.name) !== judge),
  })
  return own.map(({ grader, digest }) => ` with ${grader} ${digest}`).join('')
}

async function digestProgram(): Promise<string> {
  const files = [join(packageRoot, 'package.json'), join(packageRoot, 'package-lock.json')]
  const digests = await Promise.all(files.map((file) => digestFile(file).catch(() => '')))
  return hash('sha256', [...digests, await digestSources(join(packageRoot, 'pipeline'))].join('\n'))
}

const markSchema = z.strictObject({
  fingerprint: z.string(),
  buildId: z.string(),
  /** Decisions that change no row leave the build, and so its manifest, as it is; what became of them is noted here. */
  decisions: z.record(z.enum(decisionEffects), z.int()),
})

/** Notes what `latest` was made from, for the next run. */
export async function markFingerprint(
  home: string,
  mark: string,
  buildId: string,
  decisions: BuildCounts['decisions'],
): Promise<void> {
  await writeJson(join(home, markName), { fingerprint: mark, buildId, decisions })
}

/**
 * The build that `latest` shows, with its counts as the last run found them, if it was made under this fingerprint and its
 * files are all there; null otherwise.
 */
export async function findUnchangedBuild(
  home: string,
  current: string,
): Promise<Pick<Manifest, 'buildId' | 'counts' | 'quota'> | null> {
  // One that is missing or was cut short by a power loss is no mark.
  const text = await readFile(join(home, markName), 'utf8').catch(() => '')
  const mark = markSchema.safeParse(parseJson(text))
  if (!mark.success || mark.data.fingerprint !== current) return null
  const manifest = await readWholeBuild(join(home, 'latest'))
  if (manifest?.buildId !== mark.data.buildId) return null
  return {
    buildId: manifest.buildId,
    quota: manifest.quota,
    counts: { ...manifest.counts, decisions: mark.data.decisions },
  }
}
