import yargs, { type Argv } from 'yargs'
import { completionCommand } from './commands/completion.ts'
import { configCommand } from './commands/config.ts'
import { exportCommand } from './commands/export.ts'
import { gatesCommand } from './commands/gates.ts'
import { promptsCommand } from './commands/prompts.ts'
import { specCommand } from './commands/spec.ts'
import { storeCommand } from './commands/store.ts'
import { deferCommand } from './defer-command.ts'
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
      .command(
        deferCommand(
          'init [folder]',
          'Make a small project: config, policy, ten prompts; overwrites nothing',
          async () => (await import('./commands/init.ts')).initCommand,
        ),
      )
      .command(
        deferCommand(
          'doctor <config>',
          'Try what a build needs: Node, disk, store, keys, models; says what to mend',
          async () => (await import('./commands/doctor.ts')).doctorCommand,
        ),
      )
      .command(
        deferCommand(
          'plan <config>',
          'Say what a build would send, why, and for how much; sends nothing',
          async () => (await import('./commands/plan.ts')).planCommand,
        ),
      )
      .command(
        deferCommand(
          'build <config>',
          'Make a data set: collect, screen, classify, generate, grade, select, emit',
          async () => (await import('./commands/build.ts')).buildCommand,
        ),
      )
      .command(
        deferCommand(
          'status <config>',
          'Say how the last build ended, whether one runs now, and who holds its lock',
          async () => (await import('./commands/status.ts')).statusCommand,
        ),
      )
      .command(
        deferCommand(
          'worker <config>',
          'Do the jobs of builds with --executor queue, on this machine, until stopped',
          async () => (await import('./commands/worker.ts')).workerCommand,
        ),
      )
      .command(promptsCommand)
      .command(
        deferCommand(
          'diff <build-a> <build-b>',
          'Compare two builds prompt by prompt: what changed, why, and how the modes and scores moved',
          async () => (await import('./commands/diff.ts')).diffCommand,
        ),
      )
      .command(
        deferCommand(
          'calibrate',
          'Measure how far a grader agrees with people, or list what was measured',
          async () => (await import('./commands/calibrate.ts')).calibrateCommand,
        ),
      )
      .command(
        deferCommand(
          'verify <folder>',
          'Check a build folder against its manifest: hashes, rows, counts, splits',
          async () => (await import('./commands/verify.ts')).verifyCommand,
        ),
      )
      .command(
        deferCommand(
          'trainer-config <trainer> <build>',
          'Write the config with which a trainer reads a build, with the loss on the answer',
          async () => (await import('./commands/trainer-config.ts')).trainerConfigCommand,
        ),
      )
      .command(exportCommand)
      .command(gatesCommand)
      .command(
        deferCommand(
          'publish [build]',
          'Put a whole, verified build on the Hugging Face hub or into S3 storage',
          async () => (await import('./commands/publish.ts')).publishCommand,
        ),
      )
      .command(
        deferCommand(
          'show <id>',
          'Everything known about a prompt (p_...), a candidate (c_...) or a request (its digest)',
          async () => (await import('./commands/show.ts')).showCommand,
        ),
      )
      .command(
        deferCommand(
          'audit [build]',
          'Read what was accepted and rejected on a page of this machine, overrule it, and look after decisions',
          async () => (await import('./commands/audit.ts')).auditCommand,
        ),
      )
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

/** The help of a command as it is printed: what yargs' own `getHelp` gives lacks the options of a default command. */
export async function readHelp(words: readonly string[]): Promise<string> {
  let help = ''
  await createParser([]).parseAsync([...words, '--help'], {}, (_error, _argv, output) => void (help = output))
  return help
}
