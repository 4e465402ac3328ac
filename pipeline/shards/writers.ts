import { hyparquetZstdWriter } from './hyparquet-zstd-writer.ts'
import { parquetjsLiteWriter } from './parquetjs-lite-writer.ts'
import type { ShardWriter } from './shard-writer.ts'

export const writerNames = ['parquetjs-lite', 'hyparquet-writer'] as const

export const shardWriters: Readonly<Record<ShardWriter['name'], ShardWriter>> = {
  'parquetjs-lite': parquetjsLiteWriter,
  'hyparquet-writer': hyparquetZstdWriter,
}
