import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

const statusSchema = z.looseObject({
  status: z.string(),
  exitCode: z.int().nullable(),
  name: z.string().nullable(),
  runId: z.string(),
  pid: z.int(),
  message: z.string(),
  details: z.array(z.string()),
  phase: z.string().nullable(),
  counts: z.looseObject({ prompts: z.int(), accepted: z.int() }).nullable(),
  requests: z
    .looseObject({ reused: z.int(), run: z.looseObject({ answers: z.int(), costUsd: z.number() }) })
    .nullable(),
  previous: z.looseObject({ runId: z.string(), status: z.string() }).nullable(),
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
})
export type StatusJson = z.infer<typeof statusSchema>

export async function readStatusFile(home: string): Promise<StatusJson> {
  return parseStatus(await readFile(join(home, 'status.json'), 'utf8'))
}

export function parseStatus(text: string): StatusJson {
  return statusSchema.parse(JSON.parse(text))
}

const lineSchema = z.looseObject({
  level: z.enum(['info', 'warn', 'error']),
  time: z.iso.datetime(),
  event: z.string(),
  runId: z.string(),
})
export type LogLine = z.infer<typeof lineSchema>

/** Every line of a log must be an event. */
export function parseLog(text: string): readonly LogLine[] {
  expectEnd(text)
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => lineSchema.parse(JSON.parse(line)))
}

function expectEnd(text: string): void {
  if (!text.endsWith('\n')) throw new Error(`expected a log that ends in a line feed, got ${text.slice(-80)}`)
}
