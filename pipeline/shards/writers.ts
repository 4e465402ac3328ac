import type { ShardWriter } from './shard-writer.ts'

export const writerNames = ['parquetjs-lite', 'hyparquet-writer'] as const satisfies readonly ShardWriter['name'][]

/** The writer of a name; only its library is loaded. */
export async function openShardWriter(name: ShardWriter['name']): Promise<ShardWriter> {
  switch (name) {
    case 'parquetjs-lite':
      return (await import('./parquetjs-lite-writer.ts')).parquetjsLiteWriter
    case 'hyparquet-writer':
      return (await import('./hyparquet-zstd-writer.ts')).hyparquetZstdWriter
  }
}
