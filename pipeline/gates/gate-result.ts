import { z } from 'zod'

export const gateNames = [
  'accepted_rows',
  'quota',
  'acceptance',
  'grading_coverage',
  'mixture',
  'drift',
  'contamination',
  'duplicates',
  'calibration',
  'sensitive_text',
] as const
export type GateName = (typeof gateNames)[number]

const findingSchema = z.strictObject({
  gate: z.enum(gateNames),
  /** The row's id; null where a share of the build failed and no single row did. */
  row: z.string().nullable(),
  promptId: z.string().nullable(),
  /** What failed beside rows: a category, a mode, a statistic, a grader. */
  cell: z.string().nullable(),
  /** One phrase for a person. */
  what: z.string(),
  /** What shows it. A secret stands here masked. */
  evidence: z.array(z.string()).readonly(),
})
/** A row, or a cell of the build, that a gate does not let through. */
export type GateFinding = Readonly<z.infer<typeof findingSchema>>

export const gateResultSchema = z.strictObject({
  gate: z.enum(gateNames),
  /** `off`: the config does not ask for it, so nothing was looked at. */
  status: z.enum(['passed', 'failed', 'off']),
  /** As the config gives it; null when off. */
  limit: z.json(),
  measured: z.json(),
  /** The same in a few words; empty when off. */
  summary: z.string(),
  /** What a reader must know beside the numbers, such as that there was nothing to compare with. */
  note: z.string().nullable(),
  /** One sentence a failure, bounded; empty unless failed. */
  failures: z.array(z.string()).readonly(),
  findings: z.int(),
  /** The first of them; all are in `gate-findings.jsonl`. */
  firstFindings: z.array(findingSchema).readonly(),
})
export type GateResult = Readonly<z.infer<typeof gateResultSchema>>

export const gatesFileSchema = z.strictObject({
  gatesVersion: z.literal(1),
  buildId: z.string(),
  passed: z.boolean(),
  gates: z.array(gateResultSchema).readonly(),
})
/** `gates.json` of a build: what each gate looked at when the build was written, and what it found. */
export type GatesFile = Readonly<z.infer<typeof gatesFileSchema>>
