import { hideBin } from 'yargs/helpers'
import { createParser, readHelp, UsageProblem } from './create-parser.ts'
import { readEnvironment } from './environment.ts'
import { printError } from './print-error.ts'
import { explainUsage } from './usage-error.ts'

// Its codes are joined by `=`: without that the word behind it, such as the config, would be taken for them.
const args = hideBin(process.argv).map((arg) => (arg === '--retry-failed' ? '--retry-failed=' : arg))
try {
  readEnvironment()
  await createParser(args).parseAsync()
} catch (error) {
  const words = args.filter((arg) => !arg.startsWith('-'))
  const shown = error instanceof UsageProblem ? explainUsage(error.message, args, await readHelp(words)) : error
  process.exitCode = printError(shown, (text) => process.stderr.write(text))
}
