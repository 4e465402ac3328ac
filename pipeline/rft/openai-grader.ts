import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ExportedJudge } from './exported-judge.ts'

/**
 * How a judge's verdict is put as the one number that a `score_model` grader gives, and that number as our score. The
 * steps are those of the judge's own reading (pipeline/graders/judges); a test compares them over every verdict.
 */
const scales: Readonly<Record<string, { readonly range: readonly number[]; readonly toScore: (n: string) => string }>> =
  {
    safety: { range: [0, 3], toScore: (n) => `(${n} / 3)` },
    helpfulness: { range: [1, 4], toScore: (n) => `((${n} - 1) / 3)` },
  }

/** Our request parameters in the words of OpenAI's graders. */
const parameterNames: ReadonlyMap<string, string> = new Map([
  ['temperature', 'temperature'],
  ['top_p', 'top_p'],
  ['seed', 'seed'],
  ['reasoning_effort', 'reasoning_effort'],
  ['max_tokens', 'max_completions_tokens'],
  ['max_completion_tokens', 'max_completions_tokens'],
])

export type RenderedGrader = {
  /** OpenAI's grader JSON. */
  readonly grader: object
  /** r over the names of the graders. */
  readonly formula: string
  /** Judge name to the request parameters that such a grader cannot have. */
  readonly droppedParameters: Readonly<Record<string, readonly string[]>>
}

/**
 * A `multi` grader with a `score_model` grader for each vote of each judge. The last message puts the scale; those before
 * it are what the judge of the build was sent.
 * @param model The model that judges; null: the build's.
 */
export async function renderOpenAiGrader(
  judges: readonly ExportedJudge[],
  model: string | null,
): Promise<RenderedGrader> {
  const graders: Record<string, object> = {}
  const factors: string[] = []
  const droppedParameters: Record<string, readonly string[]> = {}
  for (const { seat, messages } of judges) {
    const { judge, role, votes } = seat
    const scale = scales[judge.name]
    if (scale === undefined) throw new Error(`no scale for judge ${judge.name}`)
    const form = await readFile(join(import.meta.dirname, `${judge.name}-scale.md`), 'utf8')
    const input = [...messages, { role: 'developer', content: form.trim() }]
    const parameters = Object.entries(role.parameters)
    const known = parameters.map(([name, value]) => [parameterNames.get(name), value] as const)
    const names = Array.from({ length: votes }, (_, n) => `${judge.name}_${n + 1}`)
    for (const name of names) {
      graders[name] = {
        type: 'score_model',
        name,
        model: model ?? role.model,
        input: input.map((message) => ({ type: 'message', ...message })),
        range: scale.range,
        sampling_params: Object.fromEntries(known.filter(([name]) => name !== undefined)),
      }
    }
    droppedParameters[judge.name] = parameters.map(([name]) => name).filter((name) => !parameterNames.has(name))
    factors.push(scale.toScore(names.reduce((all, name) => `min(${all}, ${name})`)))
  }
  const formula = factors.join(' * ')
  return { grader: { type: 'multi', name: 'reward', graders, calculate_output: formula }, formula, droppedParameters }
}
