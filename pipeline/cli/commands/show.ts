import { join } from 'node:path'
import type { Argv } from 'yargs'
import type { StoredAnswer } from '../../answers/answer-store.ts'
import { listEarlierAttempts } from '../../answers/attempts.ts'
import { findRows, type FoundRow } from '../../build/find-rows.ts'
import { resolveBuild } from '../../build/resolve-build.ts'
import { loadConfig } from '../../config/load-config.ts'
import { UserError } from '../../records/user-error.ts'
import type { Command } from '../defer-command.ts'
import { openAnswerStore } from '../open-store.ts'
import { toPlainText } from '../print-error.ts'
import { renderAnswer, renderRow } from '../render-row.ts'

type ShowArguments = { id: string; config: string; build: string | undefined; json: boolean; requests: boolean }

export const showCommand: Command<ShowArguments> = {
  builder: (yargs: Argv): Argv<ShowArguments> =>
    yargs
      .positional('id', { type: 'string', demandOption: true, describe: 'A prompt id, candidate id or request digest' })
      .option('config', { alias: 'c', type: 'string', demandOption: true, describe: 'The build config' })
      .option('build', { type: 'string', describe: 'A build folder; default: the latest of the config' })
      .option('requests', {
        type: 'boolean',
        default: true,
        describe: 'Also show the requests as sent, and the answers',
      })
      .option('json', { type: 'boolean', default: false, describe: 'Print as JSON' })
      .example('$0 show p_0123456789abcdef0123 -c data/demo.yaml', 'a prompt with all its candidates and verdicts'),
  handler: async (argv) => {
    const { config, folder, describeProblems } = await loadConfig(argv.config)
    const { outputRoot, storePath } = await resolveBuild(config, folder, describeProblems)
    const isDigest = /^[0-9a-f]{64}$/.test(argv.id)
    const rows = isDigest ? [] : await findRows(argv.build ?? join(outputRoot, config.name, 'latest'), argv.id)
    const digests = isDigest ? [argv.id] : requestsOf(rows)
    const answers = argv.requests ? await findAnswers(storePath, digests) : []
    if (rows.length === 0 && answers.length === 0) {
      throw new UserError('unknown_id', `expected the id of a prompt, candidate or request, got "${argv.id}"`, {
        remedy: 'Take ids from the id, prompt_id, candidate_id and requests columns of the build.',
      })
    }
    if (argv.json) process.stdout.write(`${JSON.stringify({ rows, answers }, null, 2)}\n`)
    else process.stdout.write(toPlainText([...rows.map(renderRow), ...answers.map(renderAnswer)].join('\n\n') + '\n'))
  },
}

function requestsOf(rows: readonly FoundRow[]): readonly string[] {
  const digests = rows.flatMap(({ row }) => (Array.isArray(row['requests']) ? row['requests'] : []))
  return [...new Set(digests.filter((digest) => typeof digest === 'string'))]
}

async function findAnswers(storePath: string, digests: readonly string[]): Promise<readonly StoredAnswer[]> {
  const store = await openAnswerStore(storePath)
  try {
    const findAll = async (wanted: readonly string[]): Promise<readonly StoredAnswer[]> =>
      (await Promise.all(wanted.map((digest) => store.find(digest)))).filter((answer) => answer !== null)
    const found = await findAll(digests)
    // What was no use before it was asked again: no row names it any more.
    const earlier = new Set(found.flatMap(({ request }) => listEarlierAttempts(request)))
    return [...found, ...(await findAll([...earlier].filter((digest) => !digests.includes(digest))))]
  } finally {
    await store.close()
  }
}
