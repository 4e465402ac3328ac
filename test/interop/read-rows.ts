import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { queryDuckdb } from '../shards/query-duckdb.ts'

export type Row = Readonly<Record<string, unknown>>
/** Path below the build to the rows of that file. */
export type Files = Readonly<Record<string, readonly Row[]>>

/*
 * Neither reader below is the pipeline's own door: both open the files as a stranger would, with the library's defaults.
 */

export function readWithHyparquet(folder: string): Promise<Files> {
  return readFiles(
    folder,
    async (path) => await parquetReadObjects({ file: await asyncBufferFromFile(path), compressors }),
  )
}

export function readWithDuckdb(folder: string): Promise<Files> {
  return readFiles(folder, (path) => queryDuckdb(`select * from read_parquet('${path}')`))
}

/** The Parquet files that stand on the disk, whatever the manifest says. */
async function readFiles(folder: string, read: (path: string) => Promise<readonly Row[]>): Promise<Files> {
  const files: Record<string, readonly Row[]> = {}
  for (const name of (await readdir(folder, { recursive: true })).toSorted()) {
    if (name.endsWith('.parquet')) files[name] = await read(join(folder, name))
  }
  return files
}
