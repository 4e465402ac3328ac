import { hideBin } from 'yargs/helpers'
import { createParser, UsageProblem } from './create-parser.ts'
import { readEnvironment } from './environment.ts'
import { printError } from './print-error.ts'
import { explainUsage } from './usage-error.ts'

const args = hideBin(process.argv)
try {
  readEnvironment()
  await createParser(args).parseAsync()
} catch (error) {
  const words = args.filter((arg) => !arg.startsWith('-'))
  const shown =
    error instanceof UsageProblem ? explainUsage(error.message, args, await createParser(words).getHelp()) : error
  process.exitCode = printError(shown, (text) => process.stderr.write(text))
}
