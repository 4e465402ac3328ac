import { z } from 'zod'
import { editFrontMatter } from './edit-front-matter.ts'

const configSchema = z.looseObject({
  config_name: z.string(),
  data_files: z.array(z.looseObject({ path: z.string() })),
})
const fieldsSchema = z.looseObject({
  configs: z.array(configSchema).default([]),
  dataset_info: z.array(z.looseObject({ config_name: z.string() })).default([]),
})

/**
 * The data card of a published copy: configs of folders that were left out are not offered, and a reader is told.
 * @param omitted folders such as `rejected`.
 */
export function publishCard(card: string, omitted: readonly string[]): string {
  if (omitted.length === 0) return card
  const edited = editFrontMatter(card, (front) => {
    const fields = fieldsSchema.parse(front)
    const configs = fields.configs.filter(({ data_files: files }) =>
      files.some(({ path }) => !omitted.includes(path.split('/')[0] ?? '')),
    )
    const names = new Set(configs.map((config) => config.config_name))
    const info = fields.dataset_info.filter((one) => names.has(one.config_name))
    return { ...fields, configs, dataset_info: info }
  })
  const list = omitted.map((name) => `\`${name}\``).join(', ')
  return `${edited.trimEnd()}\n\n## Left out\n\nThis published copy is without these parts of its build: ${list}. \`manifest.json\` lists their files under \`published\`.\n`
}
