import { readSources } from '../importers/read-rows.ts'
import type { Message } from '../records/message.ts'
import { stages } from '../stages/index.ts'
import { createContaminationIndex, type Contamination } from '../stages/screen/contamination-index.ts'
import { computeNearKey, createNearIndex } from '../stages/screen/near-index.ts'
import { joinTurns, normaliseTurns } from '../stages/screen/normalise-text.ts'
import { createHeapMemory } from '../stages/screen/screen-memory.ts'
import { createSketchPool } from '../stages/screen/sketch-pool.ts'
import type { Gate, GateContext } from './gate.ts'

/**
 * Looks at what is about to be published, whatever the screen did: at prompts as the screen does and for near copies
 * too, and at the reasoning and the answer, which a trainer reads as well and no screen has seen.
 */
export const contaminationGate: Gate = {
  name: 'contamination',
  async judge(context, sink) {
    const { gates, config, subject } = context
    const limit = gates.contamination
    if (limit === null) return null
    const sources = [...config.evaluations, ...limit.evaluations]
    const { find, count } = await indexEvaluations(context, sources)
    let rows = 0
    for await (const { id, promptId, prompt, reasoning, answer } of subject.rows()) {
      rows += 1
      const texts = [
        ['prompt', prompt],
        ['reasoning', asMessages(reasoning)],
        ['answer', asMessages(answer)],
      ] as const
      for (const [field, messages] of texts) {
        const match = find(messages)
        if (match === null) continue
        const { how, set, location, matched } = match
        const evidence = [`evaluation: ${set}`, `evaluation at: ${location}`, `match: ${how}`, `matched: ${matched}`]
        sink.add({ row: id, promptId, what: `(${field}) ${ways[how]} of ${set} at ${location}`, evidence })
      }
    }
    return {
      limit: { matches: 0, evaluations: sources.map(({ name }) => name), nearThreshold: limit.nearThreshold },
      measured: { matches: sink.count(), rows, evaluationPrompts: count },
      summary: `${sink.count()} matches in ${rows} rows of ${count} evaluation prompts`,
      failures: sink.describe('text matches an evaluation prompt', 'texts match an evaluation prompt'),
    }
  },
}

type Match = Omit<Contamination, 'how'> & { readonly how: Contamination['how'] | 'near' }

const ways = {
  exact: 'is a prompt',
  ngram: 'shares a run of words with a prompt',
  evaluation_contained: 'contains a prompt',
  prompt_contained: 'is part of a prompt',
  near: 'is nearly a prompt',
} as const satisfies Record<Match['how'], string>

function asMessages(content: string): readonly Message[] {
  return [{ role: 'assistant', content }]
}

async function indexEvaluations(
  { config, folder, gates }: GateContext,
  sources: GateContext['config']['evaluations'],
): Promise<{ readonly find: (messages: readonly Message[]) => Match | null; readonly count: number }> {
  const index = createContaminationIndex(config.screen)
  const threshold = gates.contamination?.nearThreshold ?? null
  // In memory: the index above holds every word of the evaluations already.
  const near = threshold === null ? null : createNearIndex(threshold, createSketchPool(createHeapMemory().sketches))
  const places: Pick<Match, 'set' | 'location'>[] = []
  const { signal } = new AbortController()
  const rows = readSources(sources, { baseDirectory: folder, signal })
  for await (const prompt of stages.collect.run(rows, { options: config.collect, reject: () => undefined })) {
    index.add(prompt)
    near?.add(computeNearKey(joinTurns(normaliseTurns(prompt.messages))))
    places.push({ set: prompt.source, location: prompt.location })
  }
  const findNear = (messages: readonly Message[]): Match | null => {
    const match = near?.find(computeNearKey(joinTurns(normaliseTurns(messages))), () => false) ?? null
    const place = match === null ? undefined : places[match.item]
    if (match === null || place === undefined) return null
    return { how: 'near', ...place, matched: `similarity ${match.similarity.toFixed(3)}` }
  }
  return { find: (messages) => index.find(messages) ?? findNear(messages), count: places.length }
}
