import type { DuckDBConnection } from '@duckdb/node-api'
import { UserError } from '../records/user-error.ts'

export type SqlValues = Readonly<Record<string, string | number | null>>
export type SqlRow = Readonly<Record<string, unknown>>

/** SQL over the Parquet files of builds. The only importer of DuckDB. */
export type RowsDatabase = {
  readonly run: (sql: string, values?: SqlValues) => Promise<void>
  readonly query: (sql: string, values?: SqlValues) => Promise<readonly SqlRow[]>
  /** Gives up what is still being asked. */
  readonly close: () => Promise<void>
}

/** Enough for a build of a million rows; a query that needs more fails, and the process does not grow. */
const memoryLimit = '512MB'
const threads = '2'

/**
 * A database in memory that can read these files and nothing else: no other path, no network, no extension, and no
 * statement can loosen that. Values never stand in SQL text; each query has a connection of its own, so that one that
 * takes long holds up no other.
 */
export async function openRowsDatabase(files: readonly string[]): Promise<RowsDatabase> {
  // Other commands do not pay for loading it.
  const { DuckDBInstance } = await import('@duckdb/node-api')
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: memoryLimit,
    threads,
    temp_directory: '',
    // The system has the files in its cache already.
    enable_external_file_cache: 'false',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
  })
  const running = new Map<DuckDBConnection, Promise<unknown>>()
  let isClosed = false
  const withConnection = async <T>(use: (connection: DuckDBConnection) => Promise<T>): Promise<T> => {
    if (isClosed) throw explainDuckdbError('closed')
    const connection = await instance.connect()
    const result = use(connection)
    running.set(connection, result)
    try {
      return await result
    } catch (error) {
      throw explainDuckdbError(error)
    } finally {
      running.delete(connection)
      connection.closeSync()
    }
  }
  await withConnection(async (connection) => {
    // A pattern must be allowed under its own name, and the file that it leads to under its own.
    const paths = files.flatMap((path) => [path, toFilePattern(path)]).map(quoteText)
    await connection.run(`SET allowed_paths = [${[...new Set(paths)].join(', ')}]`)
    await connection.run('SET enable_external_access = false')
    await connection.run('SET lock_configuration = true')
  })
  return {
    run: (sql, values = {}) => withConnection(async (connection) => void (await connection.run(sql, { ...values }))),
    query: (sql, values = {}) =>
      withConnection(async (connection) => {
        const reader = await connection.runAndReadAll(sql, { ...values })
        return reader.getRowObjectsJS()
      }),
    close: async () => {
      isClosed = true
      for (const connection of running.keys()) connection.interrupt()
      await Promise.allSettled(running.values())
      instance.closeSync()
    },
  }
}

/** The file itself as an argument of `read_parquet`, which would take brackets and stars in its path for a pattern. */
export function toFilePattern(path: string): string {
  return path.replaceAll(/[[\]*?]/g, (character) => `[${character}]`)
}

function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** What DuckDB says may quote rows and paths: it is for the terminal, and the page does not show it. */
function explainDuckdbError(error: unknown): UserError {
  const [problem = ''] = String(error).split('\n')
  return new UserError('audit_rows', `expected rows of a build that can be read, got: ${problem.slice(0, 500)}`, {
    remedy: 'Run `safe-completions verify` on the build; a rerun of the build mends it without sending a request.',
    cause: error,
  })
}
