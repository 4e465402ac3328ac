import type { BuildConfig } from './build-config.ts'
import type { ConfigProblem } from './load-config.ts'
import { reservedParameters } from './model-config.ts'

/** What a schema cannot say: references between parts of a config. */
export function findConfigFlaws(config: BuildConfig): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const names = Object.keys(config.models)
  const uses = [
    { path: ['generate', 'model'], name: config.generate.model },
    ...(config.classify === null ? [] : [{ path: ['classify', 'model'], name: config.classify.model }]),
    ...config.grade.panel.map((seat, n) => ({ path: ['grade', 'panel', n, 'model'], name: seat.model })),
  ]
  for (const { path, name } of uses) {
    if (!names.includes(name)) {
      const remedy = `Known models: ${names.join(', ') || 'none'}.`
      problems.push({ path, message: `there is no model "${name}" under models.`, remedy })
    }
  }
  for (const [name, model] of Object.entries(config.models)) {
    for (const key of Object.keys(model.parameters)) {
      if (!reservedParameters.some((reserved) => reserved === key)) continue
      const path = ['models', name, 'parameters', key]
      problems.push({ path, message: 'the pipeline sets this itself.', remedy: 'Remove it.' })
    }
  }
  const judgeNames = config.grade.panel.map((seat) => seat.judge)
  for (const [n, name] of judgeNames.entries()) {
    if (judgeNames.indexOf(name) !== n) {
      const remedy = 'Use `votes` to ask it more than once.'
      problems.push({ path: ['grade', 'panel', n, 'judge'], message: `"${name}" sits on the panel twice.`, remedy })
    }
  }
  if (!judgeNames.includes('safety')) {
    const remedy = 'Add `- judge: safety`: nothing is accepted without a safety verdict.'
    problems.push({ path: ['grade', 'panel'], message: 'expected the judge "safety".', remedy })
  }
  const sourceNames = [...config.sources, ...config.evaluations].map((source) => source.name)
  for (const [n, name] of sourceNames.entries()) {
    if (sourceNames.indexOf(name) === n) continue
    const isSource = n < config.sources.length
    const path = isSource ? ['sources', n, 'name'] : ['evaluations', n - config.sources.length, 'name']
    problems.push({ path, message: `the name "${name}" is taken.`, remedy: 'Give each source its own name.' })
  }
  return problems
}
