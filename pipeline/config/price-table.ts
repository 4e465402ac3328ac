import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { normaliseEndpoint } from '../models/model-role.ts'
import type { Price, PriceLookup } from '../models/price.ts'
import type { BuildConfig } from './build-config.ts'
import { priceSchema } from './model-config.ts'

const tableSchema = z.strictObject({
  asOf: z.string(),
  endpoints: z.record(z.string(), z.record(z.string(), priceSchema)),
})
type PriceTable = Readonly<z.infer<typeof tableSchema>>

let shipped: PriceTable | null = null

/** The table that is shipped, `data/prices.yaml`. */
function readShippedTable(): PriceTable {
  const file = join(import.meta.dirname, '../../data/prices.yaml')
  return (shipped ??= tableSchema.parse(parse(readFileSync(file, 'utf8'))))
}

export type SourcedPrice = {
  readonly endpoint: string
  readonly model: string
  /** Null: it is not known, and no cost is made up. */
  readonly price: Price | null
  /** `config`, or the shipped table with its date. */
  readonly source: string | null
}

/** Dates at the end of model names, such as `-2024-08-06`. */
const dated = /-\d{4}-\d{2}-\d{2}$/

/** The price of each model of a config: its own, else the shipped table's. */
export function listPrices({ models }: Pick<BuildConfig, 'models'>): readonly SourcedPrice[] {
  return Object.values(models).map(({ baseUrl, model, price }) => {
    const endpoint = normaliseEndpoint(baseUrl)
    if (price !== null) return { endpoint, model, price, source: 'config' }
    const { asOf, endpoints } = readShippedTable()
    const known = endpoints[endpoint]?.[model] ?? endpoints[endpoint]?.[model.replace(dated, '')] ?? null
    return { endpoint, model, price: known, source: known === null ? null : `data/prices.yaml, as of ${asOf}` }
  })
}

export function createPriceLookup(config: Pick<BuildConfig, 'models' | 'batch'>): PriceLookup {
  const { priceFactor: batchFactor } = config.batch
  const prices = new Map(
    listPrices(config).map(({ endpoint, model, price }) => [
      `${endpoint} ${model}`,
      price === null ? null : { ...price, batchFactor },
    ]),
  )
  return ({ endpoint, model }) => prices.get(`${endpoint} ${model}`) ?? null
}
