import type { SpoolTable } from '../spool/spool.ts'
import { acceptanceGate } from './acceptance-gate.ts'
import { acceptedRowsGate } from './accepted-rows-gate.ts'
import { calibratedGradersGate } from './calibrated-graders-gate.ts'
import { contaminationGate } from './contamination-gate.ts'
import { coverageGate } from './coverage-gate.ts'
import { driftGate } from './drift-gate.ts'
import { duplicatesGate } from './duplicates-gate.ts'
import { createFindingSink } from './finding-sink.ts'
import type { Gate, GateContext } from './gate.ts'
import { gateResultSchema, type GateFinding, type GateResult } from './gate-result.ts'
import { mixtureGate } from './mixture-gate.ts'
import { quotaGate } from './quota-gate.ts'
import { sensitiveTextGate } from './sensitive-text-gate.ts'

/** In the order in which they are told; what only counts comes before what reads every row. */
const gates: readonly Gate[] = [
  coverageGate,
  acceptedRowsGate,
  quotaGate,
  acceptanceGate,
  mixtureGate,
  driftGate,
  contaminationGate,
  duplicatesGate,
  calibratedGradersGate,
  sensitiveTextGate,
]

export type GatesOutcome = {
  readonly results: readonly GateResult[]
  /** One sentence a failure. Empty: the build may be published. */
  readonly failures: readonly string[]
  /** Every finding, in the order of the gates and their rows. */
  readonly findings: SpoolTable<GateFinding>
}

/**
 * Lets every gate look, also when one has failed: who mends a build wants to know all that is wrong with it.
 * @throws UserError for what a gate must read and cannot. Then the build may not be published.
 */
export async function evaluateGates(context: GateContext): Promise<GatesOutcome> {
  const findings = context.spool.table<GateFinding>('findings')
  const results: GateResult[] = []
  for (const { name, judge } of gates) {
    const sink = createFindingSink(name, findings)
    const verdict = await judge(context, sink)
    results.push(
      gateResultSchema.parse({
        gate: name,
        status: verdict === null ? 'off' : verdict.failures.length > 0 ? 'failed' : 'passed',
        limit: toJson(verdict?.limit ?? null),
        measured: toJson(verdict?.measured ?? null),
        summary: verdict?.summary ?? '',
        note: verdict?.note ?? null,
        failures: verdict?.failures ?? [],
        findings: sink.count(),
        firstFindings: sink.first(),
      }),
    )
  }
  return { results, failures: results.flatMap((result) => result.failures), findings }
}

/** Without the keys that a config leaves out. */
function toJson(value: object | null): unknown {
  return JSON.parse(JSON.stringify(value))
}
