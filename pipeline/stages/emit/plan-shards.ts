import type { Split } from '../../records/sample.ts'

export type PlannedShard = {
  /** Below the build's folder, with forward slashes, as Hugging Face spells shards. */
  readonly path: string
  readonly rows: number
}

/** `data/<category>/<split>-00000-of-0000N.parquet`, the rows dealt in order. */
export function planShards(
  folder: string,
  split: Split | 'rejected',
  rows: number,
  rowsPerShard: number,
  extension: string,
): readonly PlannedShard[] {
  const shards = Math.ceil(rows / rowsPerShard)
  return Array.from({ length: shards }, (_, n) => ({
    path: `${folder}/${split}-${padNumber(n)}-of-${padNumber(shards)}.${extension}`,
    rows: Math.min(rowsPerShard, rows - n * rowsPerShard),
  }))
}

function padNumber(n: number): string {
  return String(n).padStart(5, '0')
}
