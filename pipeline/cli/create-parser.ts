import yargs, { type Argv } from 'yargs'
import { auditCommand } from './commands/audit.ts'
import { buildCommand } from './commands/build.ts'
import { calibrateCommand } from './commands/calibrate.ts'
import { completionCommand } from './commands/completion.ts'
import { configCommand } from './commands/config.ts'
import { diffCommand } from './commands/diff.ts'
import { exportCommand } from './commands/export.ts'
import { gatesCommand } from './commands/gates.ts'
import { doctorCommand } from './commands/doctor.ts'
import { initCommand } from './commands/init.ts'
import { planCommand } from './commands/plan.ts'
import { promptsCommand } from './commands/prompts.ts'
import { publishCommand } from './commands/publish.ts'
import { showCommand } from './commands/show.ts'
import { specCommand } from './commands/spec.ts'
import { statusCommand } from './commands/status.ts'
import { storeCommand } from './commands/store.ts'
import { trainerConfigCommand } from './commands/trainer-config.ts'
import { verifyCommand } from './commands/verify.ts'
import { workerCommand } from './commands/worker.ts'
import { readVersion } from './read-version.ts'

const epilogue = `Exit codes: 0 done, 1 bug, 2 something to mend (arguments, config, input, key), 3 held back by a gate,
4 answers missing offline, 5 provider failed (run again), 6 verify found a difference,
7 budget reached (run again), 8 batches under way (come back with --resume), 9 another build of this name runs, 130 interrupted (run again).
Docs: README.md, docs/cli.md, docs/configuration.md.`

/** A command line that yargs turned down; thrown, for otherwise yargs goes on to run the command all the same. */
export class UsageProblem extends Error {}

/** Every command with its options; parsing runs the one that is named. */
export function createParser(args: readonly string[]): Argv {
  return (
    yargs([...args])
      .scriptName('safe-completions')
      .usage('$0 <command>\n\nFrom prompts and written safety specs to SFT shards of safe completions.')
      // Its own would be that of the project that the program is installed in.
      .version(readVersion())
      .command(initCommand)
      .command(doctorCommand)
      .command(planCommand)
      .command(buildCommand)
      .command(statusCommand)
      .command(workerCommand)
      .command(promptsCommand)
      .command(diffCommand)
      .command(calibrateCommand)
      .command(verifyCommand)
      .command(trainerConfigCommand)
      .command(exportCommand)
      .command(gatesCommand)
      .command(publishCommand)
      .command(showCommand)
      .command(auditCommand)
      .command(storeCommand)
      .command(configCommand)
      .command(specCommand)
      .command(completionCommand)
      .demandCommand(1, 'Expected a command, got none.')
      .recommendCommands()
      .strict()
      // Its own messages would follow the locale, ours do not.
      .locale('en')
      // Of an option that is given twice the last counts, instead of a list of both.
      .parserConfiguration({ 'duplicate-arguments-array': false })
      .wrap(Math.min(110, process.stdout.columns ?? 110))
      .epilogue(epilogue)
      .fail((message: string | null, error: Error | undefined) => {
        throw error ?? new UsageProblem(message ?? 'expected a command line that can be read')
      })
  )
}
