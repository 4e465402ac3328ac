import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ArgumentsCamelCase, Argv } from 'yargs'
import { PublishFailure } from '../../publish/publish-failure.ts'
import type { PublishOptions, PublishOutcome } from '../../publish/publish-outcome.ts'
import { parseTarget, showTarget, type PublishTarget } from '../../publish/publish-target.ts'
import { answersPath, collectSet, leftOut, type LeftOut, type PublishedSet } from '../../publish/published-set.ts'
import { UserError } from '../../records/user-error.ts'
import type { Command } from '../defer-command.ts'
import { readHubAccess } from '../environment.ts'
import { exitCodes } from '../exit-codes.ts'
import { exportAnswers } from '../export-answers.ts'
import { openBuild } from '../open-build.ts'
import { printDamaged } from '../print-damaged.ts'
import { toPlainText } from '../print-error.ts'
import { renderPublish, type PublishStatus } from '../render-publish.ts'
import { isAbort } from '../signals.ts'
import { takeLists } from '../take-lists.ts'

export type PublishArguments = {
  build: string | undefined
  config: string | undefined
  to: string
  include: LeftOut[] | undefined
  'with-answers': boolean
  store: string | undefined
  public: boolean
  gated: 'manual' | 'auto' | 'none'
  endpoint: string | undefined
  region: string | undefined
  'path-style': boolean
  'dry-run': boolean
  json: boolean
}

export const publishCommand: Command<PublishArguments> = {
  builder: (yargs: Argv): Argv<PublishArguments> =>
    takeLists(yargs, ['include'])
      .positional('build', { type: 'string', describe: 'A build folder; default: the latest of the config' })
      .option('config', { alias: 'c', type: 'string', describe: 'Build config (YAML), for its latest build and store' })
      .option('to', {
        type: 'string',
        demandOption: true,
        describe: 'hf://datasets/<owner>/<name>[@<branch>] or s3://<bucket>/<prefix>',
      })
      .option('include', {
        type: 'string',
        array: true,
        choices: leftOut,
        describe:
          'Also publish these folders of the build; rejected and preference hold answers that were found unsafe',
      })
      .option('with-answers', {
        type: 'boolean',
        default: false,
        describe: `Also publish every answer behind the build, the unsafe ones too, as ${answersPath}`,
      })
      .option('store', { type: 'string', describe: "The answer store for --with-answers; default: the config's" })
      .option('public', {
        type: 'boolean',
        default: false,
        describe: 'Hub: everyone may read a repository that is made',
      })
      .option('gated', {
        choices: ['manual', 'auto', 'none'] as const,
        default: 'manual' as const,
        describe: 'Hub: who asks for access is let in by you, at once, or need not ask',
      })
      .option('endpoint', { type: 'string', describe: 'S3: address of the storage; default: that of AWS' })
      .option('region', { type: 'string', describe: "S3: region; default: the environment's" })
      .option('path-style', { type: 'boolean', default: false, describe: 'S3: the bucket goes into the path' })
      .option('dry-run', { type: 'boolean', default: false, describe: 'Show what would move; write nothing there' })
      .option('json', { type: 'boolean', default: false, describe: 'Print the outcome as JSON' })
      .example('$0 publish -c my.yaml --to hf://datasets/me/my-set --dry-run', 'what would be uploaded')
      .example('$0 publish builds/my-set/latest --to s3://sets/my-set --region eu-west-1', 'to a bucket on AWS'),
  handler: async (argv) => {
    process.exitCode = await publish(argv)
  },
}

async function publish(argv: ArgumentsCamelCase<PublishArguments>): Promise<number> {
  const target = parseTarget(argv.to)
  const send = chooseSender(target, argv)
  const chosen = await chooseBuild(argv)
  const { store } = chosen
  // Not by `latest`, which may move meanwhile.
  const folder = await realpath(chosen.folder).catch(() => chosen.folder)
  const stop = new AbortController()
  const onSignal = (): void => stop.abort(new DOMException('interrupted', 'AbortError'))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, onSignal)
  const scratch = await mkdtemp(join(tmpdir(), 'publish-'))
  try {
    const writeAnswers = async (address: string): Promise<string> => {
      const file = join(scratch, 'answers.jsonl.gz')
      await exportAnswers(address, folder, file)
      return file
    }
    const collected = await collectSet(folder, {
      include: argv.include ?? [],
      writeAnswers: store === null ? null : () => writeAnswers(store),
      editCard: await chooseCard(target, argv),
    })
    if ('problems' in collected) return printDamaged(collected.problems, 'published', argv.json)
    const { set } = collected
    stop.signal.throwIfAborted()
    const outcome = await send(set, { isDryRun: argv.dryRun, signal: stop.signal, note })
    printStatus(set, target, outcome, argv)
    return exitCodes.done
  } catch (error) {
    if (stop.signal.aborted && isAbort(error))
      return printEnd('interrupted', 'stopped; what stood there before stands', argv)
    if (error instanceof PublishFailure) return printEnd('providerFailed', error.message, argv)
    throw error
  } finally {
    await rm(scratch, { recursive: true, force: true })
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onSignal)
  }
}

function note(line: string): void {
  process.stderr.write(`${toPlainText(line)}\n`)
}

/** The build that is named, and the store to take answers from; null where none are wanted. */
async function chooseBuild({
  build,
  config,
  store,
  withAnswers,
}: ArgumentsCamelCase<PublishArguments>): Promise<{ readonly folder: string; readonly store: string | null }> {
  const resolved = config === undefined ? null : await openBuild({ config })
  const folder = build ?? (resolved === null ? null : join(resolved.outputRoot, resolved.config.name, 'latest'))
  if (folder === null) {
    throw new UserError('usage', 'expected a build folder or --config, got neither', {
      remedy: 'Name a build, such as builds/my-set/latest, or the config whose latest build is meant.',
    })
  }
  const address = store ?? resolved?.storePath ?? null
  if (withAnswers && address === null) {
    throw new UserError('usage', 'expected --store or --config beside --with-answers, got neither', {
      remedy: 'Name the answer store that the build was made with.',
    })
  }
  return { folder, store: withAnswers ? address : null }
}

async function chooseCard(
  target: PublishTarget,
  { public: isPublic, gated }: ArgumentsCamelCase<PublishArguments>,
): Promise<(card: string) => string> {
  if (target.kind === 's3' || isPublic || gated === 'none') return (card) => card
  const { gateCard } = await import('../../publish/hub/gate-card.ts')
  return gateCard
}

type Sender = (set: PublishedSet, options: PublishOptions) => Promise<PublishOutcome>

/**
 * The clients are large, and a run needs one of them: each is read when it is wanted.
 * @throws UserError `hub_token`, `hub_endpoint` before a build is read for minutes.
 */
function chooseSender(
  target: PublishTarget,
  { public: isPublic, gated, endpoint, region, pathStyle }: ArgumentsCamelCase<PublishArguments>,
): Sender {
  if (target.kind === 'hub') {
    const access = readHubAccess()
    const gating = gated === 'none' ? false : gated
    return async (set, options) => {
      const { publishToHub } = await import('../../publish/hub/publish-hub.ts')
      return await publishToHub(set, target, { ...options, ...access, isPublic, gating })
    }
  }
  return async (set, options) => {
    const { publishToS3 } = await import('../../publish/s3/publish-s3.ts')
    return await publishToS3(set, target, { ...options, endpoint, region, isPathStyle: pathStyle })
  }
}

function printStatus(
  set: PublishedSet,
  target: PublishTarget,
  outcome: PublishOutcome,
  { json, public: isPublic }: ArgumentsCamelCase<PublishArguments>,
): void {
  const status: PublishStatus = {
    ...outcome,
    exitCode: exitCodes.done,
    target: showTarget(target),
    buildId: set.buildId,
    omitted: set.manifest.published?.omitted.length ?? 0,
  }
  process.stdout.write(json ? `${JSON.stringify(status, null, 2)}\n` : `${toPlainText(renderPublish(status))}\n`)
  if (target.kind === 'hub' && set.license === 'other') {
    note('The data card says `license: other`; set `license` in the config to say which, and build again.')
  }
  if (isPublic && target.kind === 's3') note('--public is for the hub: who may read a bucket is set there.')
}

function printEnd(
  code: 'interrupted' | 'providerFailed',
  message: string,
  { json }: ArgumentsCamelCase<PublishArguments>,
): number {
  const status = {
    status: code === 'interrupted' ? 'interrupted' : 'provider_failed',
    exitCode: exitCodes[code],
    message,
  }
  if (json) process.stdout.write(`${JSON.stringify(status, null, 2)}\n`)
  else process.stderr.write(toPlainText(`${message}. The same command goes on from here.\n`))
  return exitCodes[code]
}
