import { closest, distance } from 'fastest-levenshtein'
import { UserError } from '../records/user-error.ts'

/**
 * What is wrong with a command line. yargs suggests commands but no options, and takes the word after an unknown option
 * for its value, so that it complains of something else: an unknown option is named first, with the nearest one that
 * the command's help knows.
 */
export function explainUsage(message: string, args: readonly string[], help: string): UserError {
  const remedy = 'See `safe-completions --help`, or --help after the command.'
  const known = [...new Set([...help.matchAll(/--[a-z][a-z-]*/g)].map(([name]) => name))]
  const given = args.flatMap((arg) => /^--[^=]+/.exec(arg)?.[0] ?? [])
  const unknown = given.find((name) => !known.includes(name.replace(/^--no-/, '--')))
  if (unknown === undefined) return new UserError('usage', message, { remedy })
  const nearest = closest(unknown, known)
  const hint = distance(unknown, nearest) <= 3 ? ` Did you mean ${nearest}?` : ''
  return new UserError('usage', `expected an option of the command, got ${unknown}.${hint}`, { remedy })
}
