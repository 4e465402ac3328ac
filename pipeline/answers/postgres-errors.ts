import { UserError } from '../records/user-error.ts'

/** SQLSTATE classes and codes (PostgreSQL appendix A) and codes of the operating system that may pass by themselves. */
const passing: ReadonlySet<string> = new Set(
  [
    '08000 08001 08003 08004 08006 40001 40P01 53300 57P01 57P02 57P03',
    'ECONNREFUSED ECONNRESET EPIPE ETIMEDOUT ENOENT EAI_AGAIN EHOSTUNREACH',
  ].flatMap((codes) => codes.split(' ')),
)

/** What a user can mend, by the same codes. */
const remedies: ReadonlyMap<string, readonly [problem: string, remedy: string]> = new Map([
  ['28P01', ['the server turned the password down', 'Check the URL in the environment.']],
  ['28000', ['the server turned the user down', 'Check the URL, and who may log in (pg_hba.conf).']],
  ['3D000', ['the server has no such database', 'Create it (`createdb NAME`), or correct the URL.']],
  ['42501', ['the user may not do this', 'Let it create a schema in this database, or own safe_completions.']],
  ['53100', ['the disk of the server is full', 'Free some space and run again: every answer stored so far is kept.']],
  ['25006', ['the server is read-only', 'Give the URL of the primary server, not of a standby.']],
  ['ENOTFOUND', ['the host has no address', 'Check the host in the URL.']],
])

function codeOf(error: unknown): string | null {
  // A connection that was tried at several addresses fails with one error for each.
  if (error instanceof AggregateError) return codeOf(error.errors[0])
  if (!(error instanceof Error)) return null
  if ('code' in error && typeof error.code === 'string') return error.code
  return error.message.startsWith('Connection terminated') || error.message.startsWith('timeout exceeded')
    ? '08006'
    : null
}

/** A server that restarts, a connection that is cut, a transaction that lost against another: may pass by itself. */
export function isPassing(error: unknown): boolean {
  return passing.has(codeOf(error) ?? '')
}

/**
 * Turns an error of PostgreSQL's that the user can mend into one that says how; anything else is returned as it is.
 * @param name of the store, which is no URL: that holds a password.
 */
export function explainPostgresError(error: unknown, name: string): unknown {
  const code = codeOf(error)
  if (code === null || error instanceof UserError) return error
  const trouble = ['no connection to the server', 'Check that it runs and can be reached, then run again.'] as const
  const known = remedies.get(code) ?? (passing.has(code) ? trouble : undefined)
  if (known === undefined) return error
  const [problem, remedy] = known
  return new UserError('answer_store', `expected an answer store, got: ${problem} (${code})`, { where: name, remedy })
}
