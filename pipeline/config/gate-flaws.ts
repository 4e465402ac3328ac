import { trainerFormats } from '../shards/trainer-formats.ts'
import type { BuildConfig } from './build-config.ts'
import type { ConfigProblem } from './load-yaml.ts'

/** A gate that can hold nothing back, or must hold everything back, is a slip of the pen. */
export function findGateFlaws(config: BuildConfig): readonly ConfigProblem[] {
  return [
    ...findIdleGates(config.gates),
    ...findDriftFlaws(config),
    ...findGraderFlaws(config),
    ...findEvaluationFlaws(config),
  ]
}

function findIdleGates(gates: BuildConfig['gates']): readonly ConfigProblem[] {
  const { acceptance, mixture, drift, sensitiveText } = gates
  const problems: ConfigProblem[] = []
  if (acceptance !== null && (acceptance.min ?? acceptance.minByCategory) === undefined) {
    problems.push(idle('acceptance', 'holds nothing back.', 'Give min or minByCategory, or take it out.'))
  }
  if (mixture !== null && Object.values(mixture).every((limits) => Object.keys(limits).length === 0)) {
    problems.push(idle('mixture', 'holds nothing back.', 'Give modes, intents, categories or cells, or take it out.'))
  }
  const { against: _against, ...limits } = drift ?? {}
  if (drift !== null && Object.values(limits).every((limit) => limit === undefined)) {
    problems.push(idle('drift', 'holds nothing back.', 'Give one of the max... limits, or take it out.'))
  }
  if (sensitiveText !== null && !sensitiveText.secrets && !sensitiveText.personalData) {
    problems.push(idle('sensitiveText', 'holds nothing back.', 'Set secrets or personalData to true, or take it out.'))
  }
  return problems
}

function idle(gate: string, message: string, remedy: string): ConfigProblem {
  return { path: ['gates', gate], message, remedy }
}

/** The next build of the name could not be measured from this one. */
function findDriftFlaws({ gates: { drift }, emit }: BuildConfig): readonly ConfigProblem[] {
  if (drift === null || drift.against !== undefined || trainerFormats[emit.format].fileKind === 'parquet') return []
  const keys = (['maxRewardChange', 'maxAnswerLengthChange'] as const).filter((key) => drift[key] !== undefined)
  return keys.map((key) => ({
    path: ['gates', 'drift', key],
    message: `cannot be measured from a build in ${emit.format}, whose rows are the conversation alone.`,
    remedy: 'Take it out, emit Parquet, or name a build in Parquet with gates.drift.against.',
  }))
}

function findGraderFlaws({ gates, grade }: BuildConfig): readonly ConfigProblem[] {
  const used = new Set<string>([...grade.panel.map(({ judge }) => judge), ...grade.rules])
  return (gates.calibration?.graders ?? []).flatMap((grader, n) => {
    if (used.has(grader)) return []
    const path = ['gates', 'calibration', 'graders', n]
    return [{ path, message: `"${grader}" does not grade in this build.`, remedy: 'Take it out, or let it grade.' }]
  })
}

function findEvaluationFlaws({ gates, evaluations, sources }: BuildConfig): readonly ConfigProblem[] {
  const gate = gates.contamination
  if (gate === null) return []
  const problems: ConfigProblem[] = []
  if (evaluations.length + gate.evaluations.length === 0) {
    const remedy = 'Name evaluation sets under `evaluations`, or under gates.contamination.evaluations.'
    problems.push({ path: ['gates', 'contamination'], message: 'there is no evaluation set to look for.', remedy })
  }
  const taken = new Set([...sources, ...evaluations].map(({ name }) => name))
  for (const [n, { name, onBadRow }] of gate.evaluations.entries()) {
    const path = ['gates', 'contamination', 'evaluations', n]
    if (taken.has(name)) {
      problems.push({
        path: [...path, 'name'],
        message: `the name "${name}" is taken.`,
        remedy: 'Give each source its own name.',
      })
    }
    taken.add(name)
    if (onBadRow === 'stop') continue
    const remedy = 'Remove onBadRow: a row that cannot be read cannot be looked for.'
    problems.push({ path: [...path, 'onBadRow'], message: 'an evaluation set must be read whole.', remedy })
  }
  return problems
}
