import { spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { once } from 'node:events'
import { stringify } from 'yaml'
import { z } from 'zod'
import type { PlayOptions } from '../support/play-model.ts'

/** So much of everything that goes wrong that some of it is still wrong after the repair that malformed replies get. */
export const mishaps: PlayOptions = {
  misfits: { malformed: 15, refused: 3, filtered: 2, truncated: 2 },
  brokenJudges: 12,
}

export type TripletsOptions = {
  /** Where configs, the answer store and the builds go. */
  readonly folder: string
  /** The folder of public data, which holds intent-triplets/. */
  readonly dataFolder: string
  readonly baseUrl: string
}

export type BuildChoice = {
  readonly name: string
  readonly emit: { readonly format: string; readonly writer: string }
  readonly moreSources?: readonly object[]
  readonly evaluations?: readonly object[]
  /** Stored answers only. */
  readonly offline?: boolean
}

const domains = {
  'Cyber Compromise': 'cyber',
  'Evasion and Circumvention': 'evasion',
  'Fraud and Deception': 'fraud',
  'Hate and Harassment': 'hate',
  'Physical Harm and Weapons': 'weapons',
  'Privacy and Data Misuse': 'privacy',
} as const

const repository = resolve(import.meta.dirname, '../..')

/** The part of `build --json` that is checked here. */
const statusSchema = z.object({
  status: z.string(),
  path: z.string(),
  requests: z.object({ reused: z.int(), run: z.object({ answers: z.int() }) }),
})
export type TripletsBuild = z.infer<typeof statusSchema>

/**
 * Builds the 180 prompts of the intent triplets as a user does: a config file and the command.
 * @throws Error with what the command printed when it does not exit with 0.
 */
export async function buildTriplets(options: TripletsOptions, choice: BuildChoice): Promise<TripletsBuild> {
  await mkdir(options.folder, { recursive: true })
  const config = join(options.folder, `${choice.name}.yaml`)
  await writeFile(config, stringify(describeConfig(options, choice)))
  const output = await runCommand('build', config, '--json', ...(choice.offline === true ? ['--offline'] : []))
  return statusSchema.parse(JSON.parse(output))
}

/** Runs `safe-completions` in a process of its own and gives what it printed. */
export async function runCommand(...argv: readonly string[]): Promise<string> {
  const main = join(repository, 'pipeline/cli/main.ts')
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stdout, stderr, [exitCode]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  if (exitCode !== 0)
    throw new Error(`expected exit code 0, got ${exitCode} from ${argv.join(' ')}\n${stdout}${stderr}`)
  return stdout
}

function describeConfig({ dataFolder, baseUrl }: TripletsOptions, choice: BuildChoice): object {
  return {
    name: choice.name,
    sources: [
      {
        name: 'triplets',
        path: join(dataFolder, 'intent-triplets/opensafeintent_60.json'),
        fields: {
          expand: [
            { prompt: 'prompt_benign', intent: 'benign' },
            { prompt: 'prompt_dual_use', intent: 'dual_use' },
            { prompt: 'prompt_malicious', intent: 'malicious' },
          ],
          category: { field: 'harm_domain', map: domains },
        },
      },
      ...(choice.moreSources ?? []),
    ],
    evaluations: choice.evaluations ?? [],
    models: { play: { baseUrl, model: 'play', apiKeyEnv: null, concurrency: 32 } },
    generate: { model: 'play', candidates: 2 },
    grade: {
      panel: [
        { judge: 'safety', model: 'play', votes: 2, stopBelow: 0.5 },
        { judge: 'response-mode', model: 'play', stopBelow: 1 },
        { judge: 'helpfulness', model: 'play' },
        { judge: 'reasoning', model: 'play' },
      ],
    },
    // Families are few, so that a tenth of them would leave categories without a validation split; files are small, so
    // that a split has several.
    emit: { validationShare: 0.3, rowsPerShard: 12, ...choice.emit },
    // Broken judges are wanted here.
    gates: { minGradingCoverage: 0.5 },
    store: 'answers.db',
  }
}
