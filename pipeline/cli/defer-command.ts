import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs'

/** What a command takes and does; its usage and description stand where it is listed. */
export type Command<T> = {
  readonly builder: (yargs: Argv) => Argv<T>
  readonly handler: (argv: ArgumentsCamelCase<T>) => void | Promise<void>
}

/**
 * A command whose module is loaded once it is the one that was named: no command waits for what only others use.
 * @param usage Name and positionals, such as `build <config>`.
 */
export function deferCommand<T>(
  usage: string,
  describe: string,
  load: () => Promise<Command<T>>,
): CommandModule<object, T> {
  return {
    command: usage,
    describe,
    builder: async (yargs) => (await load()).builder(yargs),
    handler: async (argv) => (await load()).handler(argv),
  }
}
