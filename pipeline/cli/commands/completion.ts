import yargs, { type Argv, type CommandModule } from 'yargs'

type CompletionArguments = { shell: 'bash' | 'zsh' | undefined }

export const completionCommand: CommandModule<object, CompletionArguments> = {
  command: 'completion [shell]',
  describe: 'Print a completion script for bash or zsh',
  builder: (yargs: Argv): Argv<CompletionArguments> =>
    yargs
      .positional('shell', { choices: ['bash', 'zsh'] as const, describe: 'Default: the shell of $SHELL, else bash' })
      .example('$0 completion bash >> ~/.bashrc', 'for every new shell'),
  handler: ({ shell }) => {
    // yargs has both scripts and goes by the variable alone; this process ends with the line that it prints.
    if (shell !== undefined) process.env['SHELL'] = shell
    yargs([]).scriptName('safe-completions').showCompletionScript()
  },
}
