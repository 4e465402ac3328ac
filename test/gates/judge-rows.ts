import { join } from 'node:path'
import { createCounter } from '../../pipeline/build/build-counts.ts'
import { rejectionKey, sampleKey } from '../../pipeline/build/write-output.ts'
import type { FoundCalibration } from '../../pipeline/calibrate/find-calibrations.ts'
import { buildConfigSchema } from '../../pipeline/config/build-config.ts'
import { tallyEffects } from '../../pipeline/decisions/decision-effects.ts'
import { findStandingDecisions } from '../../pipeline/decisions/standing-decisions.ts'
import { evaluateGates } from '../../pipeline/gates/evaluate-gates.ts'
import type { GateFinding, GateName, GateResult } from '../../pipeline/gates/gate-result.ts'
import { describeRun } from '../../pipeline/gates/gate-subject.ts'
import type { Rejection } from '../../pipeline/records/rejection.ts'
import type { Sample } from '../../pipeline/records/sample.ts'
import { openSpool } from '../../pipeline/spool/spool.ts'
import { createFolder } from '../build/build-project.ts'

export type JudgedRows = {
  readonly gates: object
  readonly samples?: readonly Sample[]
  readonly rejections?: readonly Rejection[]
  readonly config?: object
  /** Where the config would be; default: a new one. */
  readonly folder?: string
  /** The build's name; its home is below `builds` of the folder. */
  readonly name?: string
  readonly buildId?: string
  readonly calibrations?: readonly FoundCalibration[]
}

export type Judgement = {
  readonly failures: readonly string[]
  readonly findings: readonly GateFinding[]
  readonly of: (gate: GateName) => GateResult
}

/** Lets all gates judge rows made by hand, as a run does. */
export async function judgeRows(rows: JudgedRows): Promise<Judgement> {
  const folder = rows.folder ?? (await createFolder())
  const config = buildConfigSchema.parse({
    name: rows.name ?? 'new',
    sources: [{ name: 'seeds', path: 'prompts.jsonl', fields: { prompt: 'prompt' } }],
    models: { writer: { baseUrl: 'http://127.0.0.1:1/v1', model: 'writer', apiKeyEnv: null } },
    generate: { model: 'writer' },
    grade: { panel: [{ judge: 'safety', model: 'writer' }] },
    ...rows.config,
    gates: { minGradingCoverage: 0, ...rows.gates },
  })
  const spool = openSpool(join(await createFolder(), 'rows.db'))
  try {
    const tables = { samples: spool.table<Sample>('samples'), rejections: spool.table<Rejection>('rejections') }
    const counter = createCounter(tallyEffects(findStandingDecisions([])))
    const prompts = new Set<string>()
    for (const sample of rows.samples ?? []) {
      counter.countAccepted(sample)
      tables.samples.append(sampleKey(sample), sample)
      prompts.add(sample.promptId)
    }
    for (const rejection of rows.rejections ?? []) {
      counter.countRejection(rejection)
      tables.rejections.append(rejectionKey(rejection), rejection)
      if (rejection.candidateId !== null && rejection.promptId !== null) prompts.add(rejection.promptId)
    }
    for (const _ of prompts) counter.countGradedPrompt(0)
    const { results, failures, findings } = await evaluateGates({
      gates: config.gates,
      config,
      folder,
      home: join(folder, 'builds', config.name),
      subject: describeRun(rows.buildId ?? 'b-new', counter.read(), tables),
      calibrations: rows.calibrations ?? [],
      now: '2026-03-31T00:00:00.000Z',
      spool,
    })
    const of = (gate: GateName): GateResult => {
      const result = results.find((one) => one.gate === gate)
      if (result === undefined) throw new Error(`no gate ${gate}`)
      return result
    }
    return { failures, findings: [...findings.read()], of }
  } finally {
    spool.close()
  }
}
