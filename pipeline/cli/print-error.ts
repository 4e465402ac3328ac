import { inspect } from 'node:util'
import { UserError } from '../records/user-error.ts'
import { exitCodeOf } from './exit-codes.ts'

/** Controls (but line feed and tab), and the format characters that reorder text: hostile text on a terminal. */
const controls = /(?![\n\t])[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu

export function toPlainText(text: string): string {
  return text.replace(controls, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Users' errors without a stack and with the remedy, bugs with one. Returns the exit code. */
export function printError(error: unknown, write: (text: string) => void): number {
  if (error instanceof UserError) {
    const where = error.where === null ? '' : `\n  where:  ${error.where}`
    write(`${toPlainText(`error [${error.code}]: ${error.message}${where}\n  remedy: ${error.remedy}`)}\n`)
    return exitCodeOf(error)
  }
  write(`${toPlainText(`bug: ${inspect(error)}`)}\nPlease report this with the command that led here.\n`)
  return exitCodeOf(error)
}
