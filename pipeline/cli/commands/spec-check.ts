import { readdir } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import type { Argv } from 'yargs'
import { checkSpecs, findMissingSpecs } from '../../guidance/check-specs.ts'
import { parseSpecFolder } from '../../guidance/load-guidance.ts'
import { unusedGroupMark } from '../../guidance/parse-spec.ts'
import type { SpecProblem } from '../../guidance/spec.ts'
import { UserError } from '../../records/user-error.ts'
import type { Command } from '../defer-command.ts'
import { exitCodes } from '../exit-codes.ts'
import { toPlainText } from '../print-error.ts'

type CheckArguments = { folder: string; json: boolean }

const shippedSpecs = resolve(import.meta.dirname, '../../../specs')

export const specCheckCommand: Command<CheckArguments> = {
  builder: (yargs: Argv): Argv<CheckArguments> =>
    yargs
      .positional('folder', {
        type: 'string',
        default: shippedSpecs,
        defaultDescription: 'the shipped specs',
        describe: 'A folder of spec sets, or one set',
      })
      .option('json', { type: 'boolean', default: false, describe: 'Print the problems as JSON' }),
  handler: async ({ folder, json }) => {
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
      const got = error instanceof Error ? error.message : String(error)
      throw new UserError('spec_set', `expected a folder of spec sets, got: ${got}`, {
        where: folder,
        remedy: 'Name the folder that holds the folders of the sets, such as specs.',
        cause: error,
      })
    })
    // A folder of sets, or one set.
    const isSet = entries.some((entry) => entry.isFile() && entry.name === '_shared.md')
    const sets = isSet ? ['.'] : entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
    if (sets.length === 0) {
      throw new UserError('spec_set', 'expected spec sets, got a folder without any', {
        where: folder,
        remedy: 'Name the folder that holds the folders of the sets, such as specs, or one set.',
      })
    }
    const problems: SpecProblem[] = []
    let clauses = 0
    for (const set of sets.toSorted()) {
      const parsed = await parseSpecFolder(join(folder, set))
      clauses += parsed.reduce((sum, { spec }) => sum + spec.clauses.length, 0)
      // A set that leaves a whole group unused is a baseline arm, and its policies are short.
      const isBaseline = parsed.some(({ spec }) => spec.body.includes(unusedGroupMark))
      problems.push(
        ...checkSpecs(parsed, isBaseline ? 'short' : 'full'),
        ...findMissingSpecs(join(folder, set), parsed),
      )
    }
    if (problems.length > 0) process.exitCode = exitCodes.userError
    if (json) {
      process.stdout.write(`${JSON.stringify(problems, null, 2)}\n`)
      return
    }
    for (const { file, line, problem, remedy } of problems) {
      process.stdout.write(toPlainText(`${relative(process.cwd(), file)}:${line}: ${problem}. ${remedy}\n`))
    }
    process.stdout.write(`${sets.length} spec sets, ${clauses} clauses, ${problems.length} problems\n`)
  },
}
