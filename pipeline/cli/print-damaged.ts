import { exitCodes } from './exit-codes.ts'
import { toPlainText } from './print-error.ts'

/**
 * Says that a build is not what its manifest says, as JSON on stdout or in words on stderr.
 * @param done What did not happen for that reason, such as `published`.
 * @returns The exit code.
 */
export function printDamaged(problems: readonly string[], done: string, json: boolean): number {
  const message = `the build is not what its manifest says, so nothing was ${done}`
  if (json) {
    const status = { status: 'damaged', exitCode: exitCodes.verifyFailed, message, problems }
    process.stdout.write(`${JSON.stringify(status, null, 2)}\n`)
  } else {
    process.stderr.write(toPlainText(`${[`error: ${message}:`, ...problems].join('\n  ')}\n`))
    process.stderr.write('  remedy: Move the folder away and build again, which sends no request.\n')
  }
  return exitCodes.verifyFailed
}
