import { DuckDBInstance } from '@duckdb/node-api'

/** Runs SQL in a DuckDB of its own and gives the rows as JSON objects. */
export async function queryDuckdb(sql: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    const reader = await connection.runAndReadAll(sql)
    return reader.getRowObjectsJson()
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}
