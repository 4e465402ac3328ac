import type { AnswerStore } from '../answers/answer-store.ts'
import { digestRequest } from '../answers/request-digest.ts'
import { modelOf } from '../build/resolve-build.ts'
import { findReplyBound } from '../config/reply-bound.ts'
import type { ModelPort } from '../models/model-port.ts'
import { costOf, type PriceLookup } from '../models/price.ts'
import type { ModelRequest } from '../records/request.ts'
import { mapRows } from '../stages/map-rows.ts'
import { toAsync } from '../stages/row-streams.ts'
import { countSlots, listFamilies } from '../synthesis/family-plan.ts'
import type { ResolvedSynthesis } from '../synthesis/load-synthesis.ts'
import { createFamilyMaker } from '../synthesis/make-family.ts'
import { countCharacters } from './explain-miss.ts'
import { createMeasuredRates, type MeanTokens } from './measured-rates.ts'

const steps = ['write', 'paraphrase', 'translate', 'verify'] as const
type Step = (typeof steps)[number]

export type SynthesisPlanStep = {
  readonly step: string
  readonly model: string
  /** Found in the store. */
  readonly reused: number
  /** Known to be missing: exact. */
  readonly missing: number
  /** May follow once these are answered, at most. */
  readonly later: number
  /** Of all that is missing and may follow. */
  readonly promptTokens: number
  /** Null where the step was never measured and the model's replies have no bound. */
  readonly completionTokens: number | null
  readonly costUsd: number | null
  /** Where the tokens of a reply are from: answers of this step in the store, or the bound on replies. */
  readonly basis: 'measured' | 'bound' | 'unknown'
}

/** What a synthesis would send at most, repairs aside; made without sending anything. */
export type SynthesisPlan = {
  readonly name: string
  readonly topics: number
  readonly slots: number
  readonly steps: readonly SynthesisPlanStep[]
  readonly requests: { readonly min: number; readonly max: number }
  /** Null where a price or the tokens of a step are not known. */
  readonly costUsd: number | null
}

/** Characters a token where nothing was measured: English prose under current tokenizers. */
const charactersPerToken = 4
/** A plan waits for nothing but the store. */
const familiesInFlight = 64

type Tally = { reused: number; missing: number; later: number; characters: number }

export async function planSynthesis(
  resolved: ResolvedSynthesis,
  { store, priceOf }: { readonly store: AnswerStore; readonly priceOf: PriceLookup },
): Promise<SynthesisPlan> {
  const { config, topics } = resolved
  const rates = createMeasuredRates(await store.measure(), null)
  const tallies = await tallyRequests(resolved, store)
  const planned = steps.map((step): SynthesisPlanStep => {
    const { reused, missing, later, characters } = tallies[step]
    const role = resolved.roles[step]
    const name = `synthesize:${step}`
    const mean = rates.tokensOf(name, role.model)
    const bound = findReplyBound(modelOf(config, config[step].model ?? config.write.model))
    const promptTokens = Math.round(
      characters / charactersPerToken + later * (mean?.prompt ?? measureLater(resolved, step) / charactersPerToken),
    )
    const reply = mean?.completion ?? bound
    const completionTokens = missing + later === 0 ? 0 : reply === null ? null : Math.round((missing + later) * reply)
    return {
      step: name,
      model: role.model,
      reused,
      missing,
      later,
      promptTokens,
      completionTokens,
      costUsd: priceTokens(promptTokens, completionTokens, priceOf(role)),
      basis: basisOf(mean, bound),
    }
  })
  const [missing, later] = [sumOf(planned, 'missing'), sumOf(planned, 'later')]
  return {
    name: config.name,
    topics: topics.length,
    slots: topics.length * config.familiesPerTopic * countSlots(config),
    steps: planned,
    requests: { min: missing, max: missing + later },
    costUsd: planned.some(({ costUsd }) => costUsd === null)
      ? null
      : planned.reduce((sum, { costUsd }) => sum + (costUsd ?? 0), 0),
  }
}

function newTally(): Tally {
  return { reused: 0, missing: 0, later: 0, characters: 0 }
}

/** Runs the synthesis on the store alone. */
async function tallyRequests(resolved: ResolvedSynthesis, store: AnswerStore): Promise<Readonly<Record<Step, Tally>>> {
  const tallies = { write: newTally(), paraphrase: newTally(), translate: newTally(), verify: newTally() }
  const seen = new Set<string>()
  const models: ModelPort = {
    ask: async (request, { step }) => {
      const digest = digestRequest(request)
      const tally = tallies[stepOf(step)]
      const answer = await store.get(digest)
      const isFirst = !seen.has(digest)
      seen.add(digest)
      if (answer !== null) {
        if (isFirst) tally.reused += 1
        return { status: 'answered', digest, answer, fromStore: true }
      }
      if (isFirst) countMissing(tally, request)
      return { status: 'unavailable', digest, reason: 'offline_miss', detail: 'planned' }
    },
  }
  const makeFamily = createFamilyMaker({
    ...resolved,
    models,
    leaveOpen: ({ later }) => {
      tallies.paraphrase.later += later.paraphrase
      tallies.translate.later += later.translate
      tallies.verify.later += later.verify
    },
  })
  const jobs = toAsync(listFamilies(resolved.topics, resolved.config.familiesPerTopic))
  for await (const _ of mapRows(jobs, familiesInFlight, async (job) => ({ family: await makeFamily(job) })));
  return tallies
}

function countMissing(tally: Tally, request: ModelRequest): void {
  tally.missing += 1
  tally.characters += countCharacters(request)
}

function stepOf(purpose: string): Step {
  const step = steps.find((one) => purpose === `synthesize:${one}`)
  if (step === undefined) throw new Error(`expected a step of a synthesis, got ${purpose}`)
  return step
}

/** Characters of a request about a prompt that is not there yet: it has as many as a prompt may have. */
function measureLater({ config, specs, templates }: ResolvedSynthesis, step: Step): number {
  if (step === 'write') return 0
  const max_characters = config.rules.maxCharacters
  const text = 'x'.repeat(max_characters)
  const variables = {
    prompt: text,
    conversation: text,
    categories: specs.categoryLines,
    count: config.paraphrases,
    language: '',
    nonce: '',
    max_characters,
  }
  const messages = templates.get(config[step].template).render(variables)
  return messages.reduce((sum, { content }) => sum + content.length, 0)
}

function priceTokens(prompt: number, completion: number | null, price: ReturnType<PriceLookup>): number | null {
  if (prompt === 0 && completion === 0) return 0
  if (completion === null || price === null) return null
  return costOf(
    { promptTokens: prompt, completionTokens: completion, cachedPromptTokens: 0, reasoningTokens: 0 },
    price,
  )
}

function basisOf(mean: MeanTokens | null, bound: number | null): SynthesisPlanStep['basis'] {
  if (mean !== null) return 'measured'
  return bound === null ? 'unknown' : 'bound'
}

function sumOf(planned: readonly SynthesisPlanStep[], key: 'missing' | 'later'): number {
  return planned.reduce((sum, step) => sum + step[key], 0)
}
