import { lstat, mkdir, readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { nameScratch, removeScratch } from '../build/build-folder.ts'
import { checkInputs } from '../build/check-inputs.ts'
import { resolveBuild, type ResolvedBuild } from '../build/resolve-build.ts'
import { verifyBuild } from '../build/verify-build.ts'
import type { Manifest } from '../build/manifest.ts'
import { inputsConfig } from '../build/write-inputs.ts'
import { loadConfig } from '../config/load-config.ts'
import { refuseHeld } from '../publish/refuse-held.ts'
import { splits, type Split } from '../records/sample.ts'
import { UserError } from '../records/user-error.ts'
import { writeJsonLines } from '../shards/write-json-lines.ts'
import { writeThenRename } from '../shards/write-then-rename.ts'
import { openShardWriter } from '../shards/writers.ts'
import { splitOf } from '../stages/emit/split-of.ts'
import { checkExport, exportJudge, type ExportedJudge } from './exported-judge.ts'
import { renderJudgeRequests } from './judge-requests.ts'
import { renderOpenAiGrader } from './openai-grader.ts'
import { readPrompts, sortPrompts } from './read-prompts.ts'
import { rftColumns, toRftItem, toRftRow, type RftItem } from './rft-item.ts'
import { createRftManifest, type RftFile, type RftManifest } from './rft-manifest.ts'

export type RftOptions = {
  readonly out: string
  /** Also prompts of which no candidate passed. */
  readonly includeRejected: boolean
  /** The model of `grader.json`; null: the one that judged the build. */
  readonly graderModel: string | null
}

/**
 * Writes a build's prompts and its reward for reinforcement fine-tuning, whole or not at all.
 * @returns the problems instead where the build's folder is not what its manifest says.
 * @throws UserError for an `out` that is there, for a build that was held back, or is without inputs or rows that name
 * their prompts, and `rft_template`.
 */
export async function exportRft(
  build: string,
  options: RftOptions,
): Promise<{ readonly manifest: RftManifest } | { readonly problems: readonly string[] }> {
  // Not by `latest`, which may move meanwhile.
  const folder = await realpath(build).catch(() => build)
  const out = resolve(options.out)
  await refuseOldOut(out)
  const { manifest, problems } = await verifyBuild(folder)
  if (problems.length > 0) return { problems }
  await refuseOutInside(out, folder)
  await refuseHeld(folder, 'Mend what the gate found and build again, or export `latest`.')
  const resolved = await openInputs(folder, manifest)
  const judges = chooseJudges(resolved)
  const found = { folder, files: manifest }
  const sorted = await sortPrompts(found)
  if (options.includeRejected) checkRejected(folder, manifest)
  const format = resolved.config.emit.format
  const hard = options.includeRejected ? sorted.hard : new Set<string>()
  const { specs } = resolved
  const read = async function* (): AsyncGenerator<RftItem> {
    for await (const prompt of readPrompts(found, format, hard)) yield toRftItem(prompt, specs, manifest.buildId)
  }
  const check = (item: RftItem): void => {
    for (const judge of judges) checkExport(judge, item, specs)
  }

  const scratch = await orOutError(dirname(out), () => startScratch(out))
  try {
    const grader = await renderOpenAiGrader(judges, options.graderModel)
    const files = [
      ...(await writeItems(scratch, read, check, resolved)),
      await writeText(scratch, 'grader.json', toJson(grader.grader)),
      await writeText(scratch, 'judges.json', toJson(renderJudgeRequests(judges))),
      await writeText(scratch, 'reward.py', await readFile(join(import.meta.dirname, 'reward.py'), 'utf8')),
    ]
    const written = createRftManifest({ manifest, judges, grader, options, sorted, files })
    await writeText(scratch, 'manifest.json', toJson(written))
    await refuseOldOut(out)
    await orOutError(out, () => rename(scratch, out))
    return { manifest: written }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** So long no export is silent: it writes one file after another. */
const leftAfterMs = 24 * 3_600_000

/**
 * A folder beside `out`. What exports to the same place left there when they were killed is cleared away once it is a day
 * old: until then one may still be at work on it, perhaps on another machine. Both times are those of the file system.
 */
async function startScratch(out: string): Promise<string> {
  const [parent, name] = [dirname(out), basename(out)]
  await mkdir(parent, { recursive: true })
  const scratch = join(parent, nameScratch(name))
  await mkdir(scratch)
  const now = await findLastChange(scratch)
  await removeScratch(parent, name, async (path) => now - (await findLastChange(path)) > leftAfterMs)
  return scratch
}

/** Of a folder or of what is right in it, in ms since the epoch; Infinity for a folder that was moved meanwhile. */
async function findLastChange(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => [])
  const changes = ['', ...names].map((name) =>
    stat(join(folder, name)).then(
      ({ mtimeMs }) => mtimeMs,
      () => Infinity,
    ),
  )
  return Math.max(...(await Promise.all(changes)))
}

/**
 * A family is on the side of the split where the build has it.
 * @param check Told of each item once, before any is written.
 */
async function writeItems(
  folder: string,
  read: () => AsyncIterable<RftItem>,
  check: (item: RftItem) => void,
  { config }: ResolvedBuild,
): Promise<readonly RftFile[]> {
  const counts = { train: 0, validation: 0 }
  const sideOf = ({ family }: RftItem): Split => splitOf(family, config.emit.validationShare, config.seed)
  for await (const item of read()) {
    check(item)
    counts[sideOf(item)] += 1
  }
  const writer = await openShardWriter(config.emit.writer)
  const files: RftFile[] = []
  for (const split of splits.filter((split) => counts[split] > 0)) {
    const chosen = async function* <T>(as: (item: RftItem) => T): AsyncGenerator<T> {
      for await (const item of read()) if (sideOf(item) === split) yield as(item)
    }
    const [lines, shard] = [`${split}.jsonl`, `${split}.parquet`]
    files.push({ path: lines, ...(await writeJsonLines(join(folder, lines), chosen(JSON.stringify))) })
    files.push({ path: shard, ...(await writer.writeShard(join(folder, shard), rftColumns, chosen(toRftRow))) })
  }
  return files
}

async function writeText(folder: string, path: string, text: string): Promise<RftFile> {
  const written = await writeThenRename(
    join(folder, path),
    (append) => append(Buffer.from(text)),
    () => Promise.resolve(),
  )
  return { path, ...written }
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

/** The build's own config, specs and templates: those on disk may have been edited since. */
async function openInputs(folder: string, manifest: Manifest): Promise<ResolvedBuild> {
  checkInputs(folder, manifest)
  const loaded = await loadConfig(join(folder, inputsConfig))
  return await resolveBuild(loaded.config, loaded.folder, loaded.describeProblems)
}

/** The judges whose scores the build's reward is made of, safety first: no config is without it. */
function chooseJudges({ config, grade, specs }: ResolvedBuild): readonly ExportedJudge[] {
  const names = config.select.rule === 'reward' ? ['safety', 'helpfulness'] : ['safety']
  const seats = names.flatMap((name) => grade.panel.filter(({ judge }) => judge.name === name))
  return seats.map((seat) => exportJudge(seat, specs))
}

function checkRejected(folder: string, { published }: Manifest): void {
  if (published?.omitted.some(({ path }) => path.startsWith('rejected/')) !== true) return
  throw new UserError('rft_rejected', 'expected a build with its rejected rows, got a published copy without them', {
    where: folder,
    remedy: 'Export the build itself, or leave out --include-rejected.',
  })
}

async function refuseOldOut(out: string): Promise<void> {
  const isThere = await lstat(out).then(
    () => true,
    () => false,
  )
  if (isThere) throw badOut(out, `${basename(out)}, which is there`)
}

/** A build is what its manifest lists. `out` may name it by a link, such as `latest`. */
async function refuseOutInside(out: string, folder: string): Promise<void> {
  let above = dirname(out)
  for (;;) {
    const real = await realpath(above).catch(() => null)
    if (real !== null) {
      if (!relative(folder, join(real, relative(above, out))).startsWith('..'))
        throw badOut(out, 'one in the build itself')
      return
    }
    above = dirname(above)
  }
}

function badOut(where: string, got: string): UserError {
  const remedy = 'Name another folder with --out. Nothing was written.'
  return new UserError('rft_out', `expected a new folder, got ${got}`, { where, remedy })
}

async function orOutError<T>(where: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new UserError('rft_out', `expected a folder that can be written, got: ${reason}`, {
      where,
      remedy: 'Check permissions and free space, or name another folder with --out.',
      cause,
    })
  }
}
