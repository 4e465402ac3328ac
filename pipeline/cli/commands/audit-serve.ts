import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import type { Argv } from 'yargs'
import { resolveStore } from '../../answers/store-address.ts'
import { openAuditBuild } from '../../audit/audit-build.ts'
import { findPreviousBuild } from '../../audit/find-previous-build.ts'
import { loadConfig } from '../../config/load-config.ts'
import { readDecisionLines } from '../../decisions/decision-lines.ts'
import { decisionSchema } from '../../records/decision.ts'
import { UserError } from '../../records/user-error.ts'
import { findPostgres, openAnswerStore, openDecisionStore } from '../open-store.ts'
import { printError, toPlainText } from '../print-error.ts'

export type ServeArguments = {
  build: string | undefined
  config: string | undefined
  store: string | undefined
  'new-store': boolean
  by: string | undefined
  port: number
  against: string | undefined
}

/** Of the page itself: the commands below `audit` have their own. */
export function takeServeOptions(yargs: Argv): Argv<ServeArguments> {
  return (
    yargs
      // Not as a positional, which would stand in the help of the commands below.
      .option('build', { type: 'string', global: false, describe: 'A build folder; default: the latest of the config' })
      .option('config', {
        alias: 'c',
        type: 'string',
        global: false,
        describe: 'The build config: names store, output folder, specs',
      })
      .option('store', {
        type: 'string',
        global: false,
        describe: "The answer store, which keeps the decisions; default: the config's",
      })
      .option('new-store', {
        type: 'boolean',
        default: false,
        global: false,
        describe: 'Make the store that --store names, for a build whose answers are elsewhere',
      })
      .option('by', { type: 'string', global: false, describe: "The auditor's name; default: the login name" })
      .option('port', {
        type: 'number',
        default: 0,
        global: false,
        describe: 'The port on 127.0.0.1; 0: any that is free',
      })
      .option('against', {
        type: 'string',
        global: false,
        describe: 'A build to measure moves against; default: the one before',
      })
      .example('$0 audit -c data/demo.yaml', 'a page for the latest build of the config')
  )
}

/** Serves until SIGINT or SIGTERM. */
export async function serveAuditPage(argv: ServeArguments): Promise<void> {
  const auditor = readAuditor(argv.by)
  const port = readPort(argv.port)
  const { folder, storePath, specsFolder, decisionFiles } = await findPlaces(argv)
  if (argv.store !== undefined) checkStore(storePath, argv['new-store'])
  const build = await openAuditBuild(folder)
  const previous = argv.against === undefined ? await findPreviousBuild(build) : await openAuditBuild(argv.against)
  const decisions = await openDecisionStore(storePath)
  for (const file of decisionFiles) await decisions.add(await readDecisionLines(file))
  // Other commands do not pay for loading a web server and a database.
  const { openAuditDesk } = await import('../../audit/audit-desk.ts')
  const opening = openAuditDesk({
    build,
    previous,
    specsFolder,
    auditor,
    now: () => new Date().toISOString(),
    answers: await openAnswerStore(storePath),
    decisions,
  })
  // The rows are read in threads of their own in the meantime.
  const [desk, { serveAudit }] = await Promise.all([opening, import('../../audit/serve-audit.ts')])
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  try {
    const server = await serveAudit(desk, { port, onProblem: printProblem })
    const { accepted, rejected } = desk.counts
    const lines = [
      `audit   ${build.manifest.name} ${build.manifest.buildId}: ${accepted} accepted, ${rejected} rejected`,
      `open    ${server.url}`,
      `        The address lets whoever has it read the build and decide. It works on this machine only.`,
      `store   ${storePath} keeps what ${auditor} decides`,
      `stop    Ctrl-C`,
    ]
    process.stdout.write(`${toPlainText(lines.join('\n'))}\n`)
    await stopped
    await server.close()
  } finally {
    await desk.close()
  }
}

function printProblem(error: unknown): void {
  printError(error, (text) => process.stderr.write(text))
}

type Places = {
  readonly folder: string
  readonly storePath: string
  readonly specsFolder: string | null
  /** Decisions of the config's files go into the store first, as before a build. */
  readonly decisionFiles: readonly string[]
}

async function findPlaces({ build, config: path, store }: ServeArguments): Promise<Places> {
  if (path === undefined) {
    if (build !== undefined && store !== undefined) {
      return { folder: build, storePath: resolveStore('.', store), specsFolder: null, decisionFiles: [] }
    }
    throw new UserError('usage', 'expected --config, or a build folder and --store, got neither', {
      remedy: 'Name the config of the build: `safe-completions audit -c data/demo.yaml`.',
    })
  }
  const { config, folder } = await loadConfig(path)
  return {
    folder: build ?? join(resolve(folder, config.outputFolder), config.name, 'latest'),
    storePath: store === undefined ? resolveStore(folder, config.store) : resolveStore('.', store),
    specsFolder: config.specsFolder === undefined ? null : resolve(folder, config.specsFolder),
    decisionFiles: [config.decisions].flat().map((file) => resolve(folder, file)),
  }
}

/** A mistyped path would take the decisions and show no request. */
function checkStore(path: string, isNew: boolean): void {
  if (findPostgres(path) !== null || existsSync(path) !== isNew) return
  throw new UserError(
    'answer_store',
    `expected ${isNew ? 'no file yet' : 'an answer store'}, got ${isNew ? 'one' : 'no file'}`,
    {
      where: path,
      remedy: isNew
        ? 'Leave out --new-store to use it.'
        : 'Check the path. With --new-store one is made there for your decisions; the requests as sent are then not shown.',
    },
  )
}

function readAuditor(by: string | undefined): string {
  const parsed = decisionSchema.shape.by.safeParse(by ?? userInfo().username)
  if (parsed.success) return parsed.data
  throw new UserError('usage', 'expected the name of an auditor, of 1 to 200 characters', {
    remedy: 'Give it as --by: decisions are kept under it.',
  })
}

function readPort(port: number): number {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new UserError('usage', `expected a port from 0 to 65535 for --port, got ${port}`, {
    remedy: 'Leave it out: then any free port is taken. The page is on 127.0.0.1 only; for another machine use ssh -L.',
  })
}
