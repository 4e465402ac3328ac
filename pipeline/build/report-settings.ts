import type { ReportSettings } from '../report/report-data.ts'
import type { ResolvedBuild } from './resolve-build.ts'

/** The scores that a threshold can stand in, by the judge that gives them. */
const scoreOfJudge = { safety: 'safety', helpfulness: 'helpfulness', reasoning: 'reasoningQuality' } as const

/** What a report says of the config. */
export function describeSettings({ config, specs, grade }: ResolvedBuild): ReportSettings {
  const { rule, minSafety, minHelpfulness, minReasoning, requireModeAgreement } = config.select
  const judged = new Set(grade.panel.map(({ judge }) => judge.name))
  const isRewarded = rule === 'reward'
  const thresholds = [
    { judge: 'safety', value: minSafety, key: 'select.minSafety', counts: true },
    { judge: 'helpfulness', value: minHelpfulness, key: 'select.minHelpfulness', counts: isRewarded },
    { judge: 'reasoning', value: minReasoning, key: 'select.minReasoning', counts: isRewarded },
  ] as const
  const stops = grade.panel.flatMap(({ judge, stopBelow }) => {
    const name = judge.name
    if (stopBelow === null || !(name === 'safety' || name === 'helpfulness' || name === 'reasoning')) return []
    return [{ score: scoreOfJudge[name], value: stopBelow, kind: 'stop', key: `stopBelow of ${name}` } as const]
  })
  return {
    description: config.description,
    specSet: specs.name,
    categories: [...specs.specs.keys()].toSorted(),
    rule,
    requiresModeAgreement: isRewarded && requireModeAgreement,
    thresholds: [
      ...thresholds
        .filter(({ judge, counts }) => counts && judged.has(judge))
        .map(({ judge, value, key }) => ({ score: scoreOfJudge[judge], value, kind: 'threshold', key }) as const),
      ...stops,
    ],
    rules: grade.rules.map(({ name }) => name),
    panel: grade.panel.map(({ judge, votes }) => ({ grader: judge.name, votes })),
    minGradingCoverage: config.gates.minGradingCoverage,
  }
}
