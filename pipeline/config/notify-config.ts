import { z } from 'zod'
import { endStatuses } from '../records/end-status.ts'

const webhookSchema = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('Where to POST. A URL that is a secret, as most chat services give, belongs into urlEnv.'),
    urlEnv: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of an environment variable, not a URL')
      .optional()
      .describe('The *name* of the environment variable with the URL.'),
    timeoutSeconds: z.number().positive().max(300).default(10).describe('Of one try.'),
    tries: z.int().min(1).max(10).default(3),
  })
  .refine(({ url, urlEnv }) => (url === undefined) !== (urlEnv === undefined), 'expected one of url and urlEnv')

export const notifyConfigSchema = z
  .strictObject({
    on: z
      .array(z.enum(endStatuses))
      .min(1)
      .default(['held', 'offline_miss', 'provider_failed', 'budget_reached', 'interrupted', 'locked', 'error'])
      .describe('The ends that are told of. Default: those that want a person.'),
    command: z
      .array(z.string().min(1))
      .min(1)
      .nullable()
      .default(null)
      .describe('A program and its arguments, run without a shell; the status is its stdin, as JSON.'),
    commandTimeoutSeconds: z.number().positive().max(3600).default(60),
    webhook: webhookSchema.nullable().default(null).describe('Gets the status as a POST of JSON.'),
  })
  .describe('Who is told how a build ended. What fails here is logged and changes neither the build nor its exit code.')
