import { readSources, type SourceRow } from '../../pipeline/importers/read-rows.ts'
import { promptSourceSchema, type FieldMapping, type PromptSource } from '../../pipeline/importers/source-config.ts'
import type { Prompt } from '../../pipeline/records/prompt.ts'
import type { Rejection } from '../../pipeline/records/rejection.ts'
import { collect, collectOptionsSchema, type CollectOptions } from '../../pipeline/stages/collect/collect.ts'

export type Collected = { readonly prompts: readonly Prompt[]; readonly rejections: readonly Rejection[] }

export const collectRows = async (
  rows: AsyncIterable<SourceRow> | Iterable<SourceRow>,
  options: Partial<CollectOptions> = {},
): Promise<Collected> => {
  const rejections: Rejection[] = []
  const context = {
    options: collectOptionsSchema.parse(options),
    reject: (rejection: Rejection) => void rejections.push(rejection),
  }
  return { prompts: await Array.fromAsync(collect.run(rows, context)), rejections }
}

/** Collects values as if each were a line of `x.jsonl`. */
export const collectValues = (
  values: readonly unknown[],
  fields: FieldMapping,
  config: Partial<Pick<PromptSource, 'name' | 'onBadRow'>> = {},
  options: Partial<CollectOptions> = {},
): Promise<Collected> => {
  const source = promptSourceSchema.parse({ name: 'test', path: 'x.jsonl', fields, onBadRow: 'reject', ...config })
  const rows = values.map((value, index) => ({
    source,
    row: { location: `x.jsonl:${index + 1}`, line: index + 1, raw: JSON.stringify(value) ?? '', value },
  }))
  return collectRows(rows, options)
}

export const collectFile = (
  baseDirectory: string,
  path: string,
  fields: FieldMapping,
  name = 'test',
): Promise<Collected> => collectRows(readSources([promptSourceSchema.parse({ name, path, fields })], { baseDirectory }))
