import { readHelp } from '../../pipeline/cli/create-parser.ts'

const everywhere = new Set(['--help', '--version'])

/** The usage of every command without subcommands (`build <config>`) to its options, as `--help` tells them. */
export async function walkCommands(prefix: readonly string[] = []): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const help = await readHelp(prefix)
  const [list = ''] = /^Commands:$[\s\S]*?\n\n/m.exec(help) ?? []
  // A long description goes on in the next line, indented further.
  const usages = [...list.matchAll(/^ {2}safe-completions ([a-z][a-z -]*(?:[<[][a-z]+[>\]] ?)*)/gm)].map(
    ([, usage = '']) => usage.trim(),
  )
  const commands = new Map<string, ReadonlySet<string>>()
  const isGroup = list !== ''
  const [title = ''] = /^safe-completions (.*)$/m.exec(help)?.slice(1) ?? []
  const options = [...help.matchAll(/^ {2,6}(?:-\w, )?(--[a-z-]+)/gm)].map(([, option = '']) => option)
  const ownOptions = new Set(options.filter((option) => !everywhere.has(option)))
  if (!isGroup) {
    return new Map([[title, ownOptions]])
  }
  // A group may do something by itself (`calibrate <grader>` beside `calibrate list`): its page has those options. It
  // names itself in the list, or, where it takes something (`audit [build]`), in the title.
  const wordsOf = (usage: string): string => usage.replace(/ ?[<[].*$/, '')
  const itself =
    usages.find((usage) => wordsOf(usage) === prefix.join(' ')) ?? (/[<[](?!command)/.test(title) ? title : undefined)
  if (itself !== undefined) commands.set(itself, ownOptions)
  const others = usages.filter((usage) => usage !== itself)
  for (const usage of others) {
    for (const [name, itsOptions] of await walkCommands(wordsOf(usage).split(' '))) commands.set(name, itsOptions)
  }
  return commands
}
