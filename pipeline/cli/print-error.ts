import { inspect } from 'node:util'
import { UserError } from '../records/user-error.ts'
import { exitCodes } from './exit-codes.ts'

/** Control characters of hostile text must not reach a terminal. */
const controls = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g

export function toPlainText(text: string): string {
  return text.replace(controls, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Users' errors without a stack and with the remedy, bugs with one. Returns the exit code. */
export function printError(error: unknown, write: (text: string) => void): number {
  if (error instanceof UserError) {
    const where = error.where === null ? '' : `\n  where:  ${error.where}`
    write(`${toPlainText(`error [${error.code}]: ${error.message}${where}\n  remedy: ${error.remedy}`)}\n`)
    return exitCodes.userError
  }
  write(`${toPlainText(`bug: ${inspect(error)}`)}\nPlease report this with the command that led here.\n`)
  return exitCodes.bug
}
