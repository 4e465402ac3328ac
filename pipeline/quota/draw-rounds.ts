import type { GradedPrompt, RegradedPrompt } from '../records/grading.ts'
import type { ClassifiedPrompt, Prompt } from '../records/prompt.ts'
import type { Spool } from '../spool/spool.ts'
import { toAsync } from '../stages/row-streams.ts'
import { keyOfKind, keyOfPlace, measureShortfall, type CountedKind, type PromptKind } from './allocate-rows.ts'
import { blurCell, chooseDraws, keyOfCell, type Draws, type StratumTally } from './choose-draws.ts'
import { placeInLine, type PromptPool, type Stratum } from './prompt-pool.ts'
import { anyValue, isCapped, type QuotaRules } from './quota-rules.ts'

/*
 * Prompts are drawn in *rounds*. What a round draws follows from the config, the prompts and the answers of the rounds
 * before it, which are all known when it begins; never from the time or the order in which answers come. So a run that
 * finds the answers in the store draws the same, and one that was killed goes on in the round in which it was.
 */

/** A prompt that passed, as the quota sees it. `rank`: text to sort by, the best first. */
export type PassedPrompt = { readonly promptId: string; readonly modes: readonly string[]; readonly rank: string }

export type RoundsOptions = {
  readonly rules: QuotaRules
  /** Of a prompt that is drawn for the first time. */
  readonly candidates: number
  readonly seed: number
  readonly pool: PromptPool
  readonly spool: Spool
  /** Runs the stages that send requests. `again` are prompts with a further candidate to draw. */
  readonly answer: (prompts: AsyncIterable<Prompt>, again: AsyncIterable<RegradedPrompt>) => AsyncIterable<GradedPrompt>
  /** Modes of the candidates that pass, best first, the prompt's rank, and whether an auditor accepted the best; or null. */
  readonly findPassed: (row: GradedPrompt) => (Omit<PassedPrompt, 'promptId'> & { readonly isAccepted: boolean }) | null
  /** An answer is missing, so that the round cannot be judged. */
  readonly isOpen: () => boolean
  readonly onRound: (draws: { readonly prompts: number; readonly again: number }) => void
}

/** What the rounds came to, for the allocation and the outcome. */
export type DrawnRounds = {
  readonly rounds: readonly { readonly prompts: number; readonly again: number }[]
  /** False when the last round lacks an answer. */
  readonly isFinished: boolean
  readonly kinds: readonly CountedKind[]
  readonly tallies: readonly RoundTally[]
  /** All rows of a prompt, a row for each time that it was drawn, in order of prompts. */
  readonly readGraded: () => Iterable<GradedPrompt>
  /** Prompts of a place that passed, in order of rank. */
  readonly readPassed: (place: PromptKind['place']) => Iterable<PassedPrompt>
}

export type RoundTally = StratumTally & { readonly candidates: number; readonly atBound: number }

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
type OwnTally = Omit<Mutable<RoundTally>, 'passed' | 'passedAgain'> & {
  readonly passed: Map<string, number>
  readonly passedAgain: Map<string, number>
  /** The last of the waiting prompts that was taken. */
  lastAgain: string | null
}
type OwnKind = PromptKind & { prompts: number; accepted: number }
type Waiting = { readonly prompt: ClassifiedPrompt; readonly drawn: number }

export async function drawRounds(options: RoundsOptions): Promise<DrawnRounds> {
  const { rules, candidates, seed, pool, spool, answer, findPassed, isOpen, onRound } = options
  const { maxCandidates } = rules.quota
  const graded = spool.table<GradedPrompt>('graded')
  const passed = spool.table<PassedPrompt>('passed')
  const waiting = spool.table<Waiting & { readonly key: string }>('waiting')
  const kinds = new Map<string, OwnKind>()
  const tallies = new Map(
    pool.strata().map(({ key, stratum, prompts }) => [key, createTally(key, stratum, prompts)] as const),
  )
  const rounds: { readonly prompts: number; readonly again: number }[] = []
  let isFinished = true

  const note = (row: GradedPrompt, round: number): void => {
    const { prompt } = row
    const tally = tallies.get(pool.keyOf(prompt))
    if (tally === undefined) throw new Error(`${prompt.id} is of no stratum`)
    graded.append(prompt.id, row)
    const drawn = countDrawn(row)
    tally.candidates += row.candidates.length
    const found = findPassed(row)
    if (found !== null) {
      const kind = { place: placeOf(prompt, rules), modes: found.modes }
      passed.append(`${keyOfPlace(kind.place)}/${found.rank}`, {
        promptId: prompt.id,
        modes: found.modes,
        rank: found.rank,
      })
      const known = kinds.get(keyOfKind(kind)) ?? { ...kind, prompts: 0, accepted: 0 }
      kinds.set(keyOfKind(kind), known)
      known.prompts += 1
      if (found.isAccepted) known.accepted += 1
      for (const mode of found.modes) {
        const key = keyOfCell(blurCell({ ...kind.place, mode }, rules))
        const counts = drawn > candidates ? tally.passedAgain : tally.passed
        counts.set(key, (counts.get(key) ?? 0) + 1)
      }
    } else if (drawn < maxCandidates) {
      const key = `${tally.key}/${String(round).padStart(6, '0')} ${placeInLine(seed, prompt.id)}`
      waiting.append(key, { prompt, drawn, key })
      tally.waiting += 1
    } else {
      tally.atBound += 1
    }
  }

  function* takeNew({ prompts }: Draws): Generator<Prompt> {
    for (const [key, count] of prompts) yield* pool.take(key, count)
  }
  function* takeAgain({ again }: Draws): Generator<RegradedPrompt> {
    for (const [key, count] of again) {
      const tally = tallies.get(key)
      if (tally === undefined) continue
      for (const { prompt, drawn, key: place } of takeFirst(
        waiting.read({ prefix: `${key}/`, after: tally.lastAgain }),
        count,
      )) {
        tally.lastAgain = place
        yield { prompt, earlier: null, isKept: false, repeats: { from: drawn, to: drawn + 1 } }
      }
    }
  }

  while ((await measureShortfall([...kinds.values()], rules)) > 0) {
    const winners = blurKinds([...kinds.values()], rules)
    const settings = { rules, candidates, round: rounds.length }
    const draws = await chooseDraws(winners, [...tallies.values()], settings)
    const round = { prompts: sum(draws.prompts), again: sum(draws.again) }
    if (round.prompts + round.again === 0) break
    // The table of waiting prompts grows while a round goes on, so what it takes is read before.
    const again = Array.from(takeAgain(draws))
    for (const [key, count] of draws.prompts) addTo(tallies.get(key), 'drawn', count)
    for (const [key, count] of draws.again) {
      addTo(tallies.get(key), 'again', count)
      addTo(tallies.get(key), 'waiting', -count)
    }
    onRound(round)
    for await (const row of answer(toAsync(takeNew(draws)), toAsync(again))) note(row, rounds.length)
    rounds.push(round)
    if (isOpen()) {
      isFinished = false
      break
    }
  }
  return {
    rounds,
    isFinished,
    kinds: [...kinds.values()],
    tallies: [...tallies.values()],
    readGraded: () => graded.read(),
    readPassed: (place) => passed.read({ prefix: `${keyOfPlace(place)}/` }),
  }
}

function createTally(key: string, stratum: Stratum, pool: number): OwnTally {
  const counts = { drawn: 0, again: 0, waiting: 0, candidates: 0, atBound: 0, lastAgain: null }
  return { key, stratum, pool, ...counts, passed: new Map<string, number>(), passedAgain: new Map<string, number>() }
}

function placeOf({ category, intent, language, source }: ClassifiedPrompt, { caps }: QuotaRules): PromptKind['place'] {
  return {
    category,
    intent,
    language: isCapped(caps, 'language') ? String(language) : anyValue,
    source: isCapped(caps, 'source') ? source : anyValue,
  }
}

/** Candidates of the prompt so far. An answer of an earlier build that was looked at again is none of them. */
function countDrawn({ candidates }: GradedPrompt): number {
  return candidates.reduce(
    (most, { candidate, writtenUnder }) => (writtenUnder === undefined ? Math.max(most, candidate.repeat + 1) : most),
    0,
  )
}

/** Kinds that the lines and caps cannot tell apart, counted together: a smaller program. */
function blurKinds(kinds: readonly CountedKind[], rules: QuotaRules): readonly CountedKind[] {
  const blurred = new Map<string, OwnKind>()
  for (const { place, modes, prompts, accepted } of kinds) {
    const cells = modes.map((mode) => blurCell({ ...place, mode }, rules))
    const [first] = cells
    if (first === undefined) continue
    const { mode: _, ...blurredPlace } = first
    const kind = { place: blurredPlace, modes: [...new Set(cells.map(({ mode }) => mode))].toSorted() }
    const known = blurred.get(keyOfKind(kind)) ?? { ...kind, prompts: 0, accepted: 0 }
    blurred.set(keyOfKind(kind), known)
    known.prompts += prompts
    known.accepted += accepted
  }
  return [...blurred.values()].toSorted((a, b) => (keyOfKind(a) < keyOfKind(b) ? -1 : 1))
}

function addTo(tally: OwnTally | undefined, key: 'drawn' | 'again' | 'waiting', count: number): void {
  if (tally !== undefined) tally[key] += count
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((all, one) => all + one, 0)
}

function* takeFirst<T>(rows: Iterable<T>, count: number): Generator<T> {
  let left = count
  for (const row of rows) {
    if (left === 0) return
    left -= 1
    yield row
  }
}
