/** What this project uses of parquetjs-lite 0.8.7, a CommonJS package without types. */
declare module 'parquetjs-lite' {
  type LeafField = {
    readonly type: 'UTF8' | 'INT64' | 'DOUBLE' | 'BOOLEAN'
    readonly optional: boolean
    readonly compression: 'GZIP'
    readonly statistics: false
  }
  type GroupField = {
    readonly type?: 'LIST'
    readonly optional?: boolean
    readonly repeated?: boolean
    readonly fields: Readonly<Record<string, Field>>
  }
  export type Field = LeafField | GroupField

  /** Only these two methods are called on the output stream. */
  export type OutputStream = {
    readonly write: (bytes: Uint8Array, done: (error?: Error | null) => void) => void
    readonly end: (done: (error?: Error | null) => void) => void
  }

  export type ParquetSchema = { readonly fields: Readonly<Record<string, unknown>> }
  export type ParquetWriter = {
    /** Not re-entrant; throws strings. */
    appendRow(row: Readonly<Record<string, unknown>>): Promise<void>
    setRowGroupSize(rows: number): void
    close(): Promise<void>
  }
  const parquet: {
    readonly ParquetSchema: new (fields: Readonly<Record<string, Field>>) => ParquetSchema
    readonly ParquetWriter: {
      openStream(
        schema: ParquetSchema,
        stream: OutputStream,
        options: { readonly useDataPageV2: false; readonly pageIndex: false; readonly pageSize: number },
      ): Promise<ParquetWriter>
    }
  }
  export default parquet
}
