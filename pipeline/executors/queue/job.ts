import { hash } from 'node:crypto'
import { z } from 'zod'

const tariffSchema = z.strictObject({
  price: z
    .strictObject({
      inputPerMillion: z.number(),
      outputPerMillion: z.number(),
      cachedInputPerMillion: z.number().optional(),
      batchFactor: z.number().optional(),
    })
    .nullable(),
  maxReplyTokens: z.int(),
})

/** What a worker must know to do a job. Keys, time-outs and numbers of tries are its own config's. */
export const jobSchema = z.strictObject({
  /** The run that asked first, under whose budget it is sent. */
  run: z.string(),
  digest: z.string(),
  /**
   * As it is stored, its system texts by digest, so that a job is small. JSON in a string: the queue keeps its data as
   * `jsonb`, which turns \u0000 down.
   */
  request: z.string(),
  step: z.string(),
  category: z.string().nullable(),
  /** For the budget of the run; null where it has none. */
  tariff: tariffSchema.nullable(),
})
export type Job = Readonly<z.infer<typeof jobSchema>>

export type LaneName = { readonly endpoint: string; readonly model: string }

export function keyOf({ endpoint, model }: LaneName): string {
  return `${endpoint} ${model}`
}

/** One queue for each model at an endpoint, so that a worker takes only what its config knows. */
export function nameQueue(lane: LaneName): string {
  return `lane-${hash('sha256', keyOf(lane)).slice(0, 20)}`
}
