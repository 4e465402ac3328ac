import type { Argv } from 'yargs'
import { UserError } from '../records/user-error.ts'

/**
 * For a command with lists: every word of a list counts, also where its option is given twice. (The command line lets
 * the last of two win, which for folders of builds to keep would be a loss.) Any other option may be given once.
 */
export function takeLists<T>(yargs: Argv<T>, lists: readonly string[]): Argv<T> {
  return yargs.parserConfiguration({ 'duplicate-arguments-array': true }).check((argv) => {
    for (const [name, value] of Object.entries(argv)) {
      if (name === '_' || !Array.isArray(value) || lists.includes(name)) continue
      const remedy = 'See `safe-completions --help`, or --help after the command.'
      throw new UserError('usage', `expected --${name} once, got it ${value.length} times`, { remedy })
    }
    return true
  })
}
