#!/usr/bin/env node
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { buildCommand } from './commands/build.ts'
import { configCommand } from './commands/config.ts'
import { planCommand } from './commands/plan.ts'
import { showCommand } from './commands/show.ts'
import { specCommand } from './commands/spec.ts'
import { storeCommand } from './commands/store.ts'
import { verifyCommand } from './commands/verify.ts'
import { readEnvironment } from './environment.ts'
import { exitCodes } from './exit-codes.ts'
import { printError } from './print-error.ts'

const epilogue = `Exit codes: 0 done, 1 bug, 2 something to mend (arguments, config, input, key), 3 held back by a gate,
4 answers missing offline, 5 provider failed (run again), 6 verify found a difference, 130 interrupted (run again).
Docs: README.md, docs/cli.md, docs/configuration.md.`

const parser = yargs(hideBin(process.argv))
  .scriptName('safe-completions')
  .usage('$0 <command>\n\nFrom prompts and written safety specs to SFT shards of safe completions.')
  .command(planCommand)
  .command(buildCommand)
  .command(verifyCommand)
  .command(showCommand)
  .command(storeCommand)
  .command(configCommand)
  .command(specCommand)
  .demandCommand(1, 'Expected a command, got none.')
  .recommendCommands()
  .strict()
  .wrap(Math.min(110, process.stdout.columns ?? 110))
  .epilogue(epilogue)
  .fail((message: string | null, error: Error | undefined) => {
    if (error) throw error
    process.stderr.write(`error [usage]: ${message}\n  remedy: see \`safe-completions --help\`\n`)
    process.exitCode = exitCodes.userError
  })

try {
  readEnvironment()
  await parser.parseAsync()
} catch (error) {
  process.exitCode = printError(error, (text) => process.stderr.write(text))
}
