import type { Intent } from '../records/prompt.ts'
import type { SyntheticPrompt } from '../records/synthetic-prompt.ts'
import type { TextReason } from './check-text.ts'
import type { SynthesisConfig } from './synthesis-config.ts'
import { reject, type Made, type Outcome } from './verify-draft.ts'

export type FamilyEnd = {
  readonly outcomes: readonly Outcome[]
  /** `complete`: every intent in every language; `empty`: no prompt at all. */
  readonly state: 'complete' | 'incomplete' | 'empty'
}

/**
 * The last step, family by family: what the screen holds against a prompt, and what is said of families that have not
 * all intents in a language. Under `drop` a language's prompts go with the intent that it lacks.
 */
export function completeFamily(
  made: readonly Made[],
  findReason: (row: SyntheticPrompt) => TextReason | null,
  { intents, languages, incompleteFamilies }: Pick<SynthesisConfig, 'intents' | 'languages' | 'incompleteFamilies'>,
): FamilyEnd {
  const screened = made.map((outcome): Outcome => {
    const reason = findReason(outcome.row)
    return reason === null ? outcome : rejectMade(outcome, reason)
  })
  const lacking = new Map(languages.map((language) => [language, findLacking(screened, language, intents)]))
  const outcomes = screened.map((outcome): Outcome => {
    const lacks = lacking.get(outcome.row.language) ?? []
    if (outcome.status === 'rejected' || incompleteFamilies === 'keep' || lacks.length === 0) return outcome
    const detail = `the family has no ${lacks.join(' and no ')} prompt in ${outcome.row.language}`
    const evidence = lacks.map((intent) => `lacks: ${intent}`)
    return rejectMade(outcome, { stage: 'complete', code: 'incomplete_family', detail, evidence })
  })
  const isComplete = [...lacking.values()].every((lacks) => lacks.length === 0)
  const isEmpty = outcomes.every(({ status }) => status === 'rejected')
  return { outcomes, state: isEmpty ? 'empty' : isComplete ? 'complete' : 'incomplete' }
}

function findLacking(outcomes: readonly Outcome[], language: string, intents: readonly Intent[]): readonly Intent[] {
  const has = new Set(
    outcomes.filter(({ status, row }) => status === 'made' && row.language === language).map(({ row }) => row.intent),
  )
  return intents.filter((intent) => !has.has(intent))
}

function rejectMade({ key, row }: Made, reason: TextReason): Outcome {
  const { prompt, family, topic, category, intent, variant, language, requests } = row
  const slot = { family, topic, category, intent, variant, language }
  return reject({ key, slot, text: prompt, requests }, reason)
}
