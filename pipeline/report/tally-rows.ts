import { tallyGraderAgreement } from '../decisions/grader-agreement.ts'
import type { Rejection } from '../records/rejection.ts'
import type { Sample } from '../records/sample.ts'
import { findLengthBin, findScoreBin, lengthEdges, scoreEdges } from './bins.ts'
import { createAnswerReader } from './read-some-answers.ts'
import { createMeter, scoreUnit, type Meter } from './measured.ts'
import { createPairCounter } from './pair-counter.ts'
import {
  scoreNames,
  unchosenCodes,
  type Fate,
  type ReportSettings,
  type RowFacts,
  type ScoreName,
} from './report-data.ts'
import { createGraderTally } from './tally-graders.ts'
import { createSafetyTally } from './tally-safety.ts'

/** A candidate, whatever became of it. */
export type TalliedCandidate = Pick<
  Sample,
  | 'category'
  | 'intent'
  | 'safety'
  | 'severity'
  | 'helpfulness'
  | 'reasoningQuality'
  | 'reward'
  | 'verdicts'
  | 'failedGraders'
  | 'decisions'
> & { readonly mode: Sample['mode'] | null; readonly contentDigest: string | null }

export type RowTally = {
  readonly addSample: (sample: Sample) => void
  /** A rejection without a candidate is in the build's counts alone. */
  readonly addRejection: (rejection: Rejection) => void
  readonly read: () => RowFacts
}

/**
 * Looks at each row of a build once, in any order, and keeps counts (and the few answers that are read at the end):
 * memory does not grow with the rows.
 */
export function createRowTally({ rules, panel }: Pick<ReportSettings, 'rules' | 'panel'>): RowTally {
  const intents = createSafetyTally()
  const categories = createSafetyTally()
  const judges = panel.map(({ grader }) => grader)
  const graders = createGraderTally(rules, judges)
  const agreement = tallyGraderAgreement(rules, judges)
  const [categoryModes, intentModes] = [createPairCounter(), createPairCounter()]
  const answers = createAnswerReader()
  const scores = createScoreMeters()
  const [answerLengths, reasoningLengths] = [new Map<string, Meter>(), new Map<string, Meter>()]
  const people = { accepted: 0, acceptedAgainstGraders: 0, withheld: 0 }
  // Two candidates with one text are one text to people.
  const decided = new Set<string>()
  const isFirstDecided = ({ decisions, contentDigest }: TalliedCandidate): boolean => {
    if (decisions.length === 0 || contentDigest === null || decided.has(contentDigest)) return false
    decided.add(contentDigest)
    return true
  }

  /** Whether it is a text that people decided about, seen for the first time. */
  const addCandidate = (candidate: TalliedCandidate, fate: Fate): boolean => {
    intents.add(candidate.intent, candidate, fate)
    categories.add(candidate.category, candidate, fate)
    graders.add(candidate)
    // A reply without an answer was shown to no grader.
    const isDecided = isFirstDecided(candidate)
    if (candidate.mode !== null && isDecided) agreement.see(candidate)
    for (const name of scoreNames) {
      const score = candidate[name]
      if (score !== null) scores[name][fate].add(score)
    }
    return isDecided
  }

  return {
    addSample(sample) {
      addCandidate(sample, 'accepted')
      categoryModes.add(sample.category, sample.mode)
      intentModes.add(sample.intent, sample.mode)
      answers.add(sample)
      meterOf(answerLengths, sample.mode).add(sample.answer.length)
      meterOf(reasoningLengths, sample.mode).add(sample.reasoning.length)
      if (sample.decisions.length === 0) return
      people.accepted += 1
      if (sample.failedGraders.length > 0) people.acceptedAgainstGraders += 1
    },
    addRejection(rejection) {
      const { candidateId, category, intent } = rejection
      if (candidateId === null || category === null || intent === null) return
      const isDecided = addCandidate({ ...rejection, category, intent }, isUnchosen(rejection) ? 'notChosen' : 'failed')
      if (rejection.code === 'overruled' && isDecided) people.withheld += 1
    },
    read: () => ({
      byIntent: intents.read(),
      byCategory: categories.read(),
      categoryModes: categoryModes.read(),
      intentModes: intentModes.read(),
      scoreEdges,
      scores: {
        safety: readFates(scores.safety),
        helpfulness: readFates(scores.helpfulness),
        reasoningQuality: readFates(scores.reasoningQuality),
        reward: readFates(scores.reward),
      },
      lengthEdges,
      answerLengths: readMeters(answerLengths),
      reasoningLengths: readMeters(reasoningLengths),
      ...graders.read(),
      readAs: answers.read(),
      graderAgreement: agreement.read(),
      people,
    }),
  }
}

function isUnchosen({ stage, code }: Rejection): boolean {
  return stage === 'select' && unchosenCodes.includes(code)
}

type FateMeters = Readonly<Record<Fate, Meter>>

function createScoreMeters(): Readonly<Record<ScoreName, FateMeters>> {
  return {
    safety: createFateMeters(),
    helpfulness: createFateMeters(),
    reasoningQuality: createFateMeters(),
    reward: createFateMeters(),
  }
}

function createFateMeters(): FateMeters {
  return { accepted: scoreMeter(), notChosen: scoreMeter(), failed: scoreMeter() }
}

function scoreMeter(): Meter {
  return createMeter(scoreEdges, findScoreBin, scoreUnit)
}

function readFates(meters: FateMeters): RowFacts['scores']['safety'] {
  return { accepted: meters.accepted.read(), notChosen: meters.notChosen.read(), failed: meters.failed.read() }
}

function meterOf(meters: Map<string, Meter>, key: string): Meter {
  const known = meters.get(key)
  if (known !== undefined) return known
  const created = createMeter(lengthEdges, findLengthBin, 1)
  meters.set(key, created)
  return created
}

function readMeters(meters: ReadonlyMap<string, Meter>): RowFacts['answerLengths'] {
  const sorted = [...meters].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(sorted.map(([key, meter]) => [key, meter.read()]))
}
