/** A column of a shard. `messages` is a list of structs of strings; a field not in a row's struct is null. */
export type ShardColumn =
  | {
      readonly name: string
      readonly type: 'string' | 'integer' | 'double' | 'boolean' | 'strings'
      readonly nullable: boolean
    }
  | { readonly name: string; readonly type: 'messages'; readonly nullable: boolean; readonly fields: readonly string[] }

export type ShardValue =
  string | number | boolean | null | readonly string[] | readonly Readonly<Record<string, string | null>>[]
export type ShardRow = Readonly<Record<string, ShardValue>>

export type WrittenShard = {
  readonly rows: number
  readonly bytes: number
  /** SHA-256 of the file, hex. */
  readonly sha256: string
}

/**
 * Writes one Parquet file: rows are checked strictly against the columns, written under a temporary name, synced, read
 * back by another implementation and compared, then renamed. On any error the temporary file is gone and nothing is
 * under the final name. Equal rows give equal bytes.
 */
export type ShardWriter = {
  readonly name: 'parquetjs-lite' | 'hyparquet-writer'
  readonly writeShard: (
    path: string,
    columns: readonly ShardColumn[],
    rows: Iterable<ShardRow> | AsyncIterable<ShardRow>,
  ) => Promise<WrittenShard>
}
