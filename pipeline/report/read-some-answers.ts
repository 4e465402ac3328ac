import { classifyRefusal } from '../graders/refusal/classify-refusal.ts'
import type { Sample } from '../records/sample.ts'
import { createPairCounter, type Pairs } from './pair-counter.ts'

/** A reading takes 0.4 ms for an answer of 2,000 characters, more than all the rest of a row, so not all are read. */
const mostRead = 2000

type Waiting = Pick<Sample, 'id' | 'mode' | 'answer'> & { readonly lastTurn: string }

export type AnswerReader = {
  readonly add: (sample: Sample) => void
  /** Declared mode, then what the reading finds, of all rows or of 2,000 of them. */
  readonly read: () => Pairs
}

/**
 * Reads answers with the rule-based refusal grader. Ids are digests, so the rows with the lowest ones are a random
 * choice, and the same one whatever the order in which rows come.
 */
export function createAnswerReader(): AnswerReader {
  let waiting: Waiting[] = []
  let highest: string | null = null
  const keepLowest = (): void => {
    waiting = waiting.toSorted((a, b) => (a.id < b.id ? -1 : 1)).slice(0, mostRead)
    highest = waiting[mostRead - 1]?.id ?? null
  }
  return {
    add({ id, mode, answer, prompt }) {
      if (highest !== null && id > highest) return
      const lastTurn = prompt.findLast(({ role }) => role === 'user')?.content ?? ''
      waiting.push({ id, mode, answer, lastTurn })
      if (waiting.length === 2 * mostRead) keepLowest()
    },
    read: () => {
      keepLowest()
      const readings = createPairCounter()
      for (const { mode, answer, lastTurn } of waiting) readings.add(mode, classifyRefusal(answer, lastTurn).label)
      return readings.read()
    },
  }
}
