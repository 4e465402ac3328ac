import { runCli } from '../cli/run-cli.ts'

const everywhere = new Set(['--help', '--version'])

/** The usage of every command without subcommands (`build <config>`) to its options, as `--help` tells them. */
export async function walkCommands(prefix: readonly string[] = []): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const { stdout } = await runCli([...prefix, '--help'])
  // A long description goes on in the next line, indented further.
  const usages = [...stdout.matchAll(/^ {2}safe-completions ([a-z][a-z ]*(?:[<[][a-z]+[>\]] ?)*)/gm)].map(
    ([, usage = '']) => usage.trim(),
  )
  const commands = new Map<string, ReadonlySet<string>>()
  const isGroup = /^Commands:$/m.test(stdout)
  if (!isGroup) {
    const options = [...stdout.matchAll(/^ {2,6}(?:-\w, )?(--[a-z-]+)/gm)].map(([, option = '']) => option)
    const [usage = ''] = /^safe-completions (.*)$/m.exec(stdout)?.slice(1) ?? []
    return new Map([[usage, new Set(options.filter((option) => !everywhere.has(option)))]])
  }
  const found = await Promise.all(usages.map((usage) => walkCommands(usage.replace(/ ?[<[].*$/, '').split(' '))))
  for (const part of found) for (const [usage, options] of part) commands.set(usage, options)
  return commands
}
