import { z } from 'zod'

/** The Batch API's limits, https://platform.openai.com/docs/guides/batch: 50,000 requests and 200 MB a file. */
const mostRequests = 50_000
const mostBytes = 200_000_000

export const batchConfigSchema = z
  .strictObject({
    requestsPerFile: z.int().min(1).max(mostRequests).default(mostRequests),
    bytesPerFile: z.int().min(1).max(mostBytes).default(mostBytes),
    completionWindow: z
      .string()
      .regex(/^\d+h$/, 'expected hours, such as 24h')
      .default('24h')
      .describe('How long the provider may take; what is not done by then comes back without an answer.'),
    maxTries: z
      .int()
      .min(1)
      .max(20)
      .default(3)
      .describe('Batches in which one request may fail before a run leaves it open.'),
    pollSeconds: z.number().positive().default(60).describe('Longest time between two looks at batches under way.'),
    submitGraceSeconds: z
      .number()
      .positive()
      .default(60)
      .describe('How long a batch whose creation was cut off is looked for before it is created anew.'),
    lookAhead: z
      .enum(['none', 'votes', 'panel'])
      .default('votes')
      .describe(
        'What goes into a wave before it is known to be needed. votes: all votes of a judge. panel: all judges left. Fewer waves for more requests.',
      ),
    priceFactor: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe('What an answer by batch costs, as a share of `price`.'),
  })
  .describe('How `build --executor batch` uses the Batch API.')
