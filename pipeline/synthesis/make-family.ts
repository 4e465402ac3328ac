import type { FormedReply } from '../models/ask-in-form.ts'
import type { Intent } from '../records/prompt.ts'
import type { SyntheticRejection, SynthesisRequests } from '../records/synthetic-prompt.ts'
import { createTextAsker } from './ask-texts.ts'
import type { TextReason } from './check-text.ts'
import { countLater, nameSlot, placeSlot, type FamilyJob, type PlacedSlot, type StepCounts } from './family-plan.ts'
import { createVerifier, describeOpen, reject, type FamilyContext, type Outcome } from './verify-draft.ts'

const noRequests: SynthesisRequests = { write: [], paraphrase: [], translate: [], verify: [] }

type Unusable = Extract<FormedReply<never>, { status: 'unusable' }>

/**
 * Makes all prompts of one task: written in every intent, each verified; what passed is reworded, verified, translated and
 * verified again. Nothing is made from what was rejected: its own wordings would be of the wrong kind as well, and cost.
 * Returns one outcome a slot, or null where an answer is missing (then `leaveOpen` was told).
 */
export function createFamilyMaker(context: FamilyContext): (job: FamilyJob) => Promise<readonly Outcome[] | null> {
  const { config } = context
  const { intents, paraphrases, languages } = config
  const [first = '', ...others] = languages
  const forms = Array.from({ length: paraphrases }, (_, n) => n + 1)
  const texts = createTextAsker(context)
  const verify = createVerifier(context)

  const translateAll = async (
    job: FamilyJob,
    intent: Intent,
    form: number,
    made: Outcome,
  ): Promise<readonly Outcome[] | null> => {
    const slots = others.map((language) => placeSlot(job, config, intent, form, language))
    if (made.status === 'rejected') return rejectAll(slots, parentRejected('translate', made.row))
    const { row } = made
    return await joinAll(
      slots.map(async (placed) => {
        const { language, category } = placed.slot
        const reply = await texts.translate(row.prompt, language, category)
        if (reply.status === 'unavailable') {
          context.leaveOpen(describeOpen(placed.slot, 'translate', reply.reply, countLater('translate', config)))
          return null
        }
        const requests = { ...row.requests, translate: reply.requests, verify: [] }
        if (reply.status === 'unusable') {
          return [reject({ ...placed, text: null, requests }, explain('translate', reply))]
        }
        const draft = { ...placed, text: reply.value, parent: row.id, requests }
        return asList(await verify(draft, noStepsLater))
      }),
    )
  }

  const paraphraseAll = async (
    job: FamilyJob,
    intent: Intent,
    original: Outcome,
  ): Promise<readonly Outcome[] | null> => {
    const place = (form: number, language: string): PlacedSlot => placeSlot(job, config, intent, form, language)
    const failAll = (reason: TextReason, requests: SynthesisRequests = noRequests): readonly Outcome[] =>
      forms.flatMap((form) => {
        const root = reject({ ...place(form, first), text: null, requests }, reason)
        const slots = others.map((language) => place(form, language))
        return [root, ...rejectAll(slots, parentRejected('translate', root.row))]
      })
    if (forms.length === 0) return []
    if (original.status === 'rejected') return failAll(parentRejected('paraphrase', original.row))
    const { row } = original
    const reply = await texts.paraphrase(row.prompt, row.category)
    if (reply.status === 'unavailable') {
      context.leaveOpen(describeOpen(place(1, first).slot, 'paraphrase', reply.reply, countLater('paraphrase', config)))
      return null
    }
    const requests = { ...row.requests, paraphrase: reply.requests, verify: [] }
    if (reply.status === 'unusable') return failAll(explain('paraphrase', reply), requests)
    return await joinAll(
      forms.map(async (form) => {
        const text = reply.value[form - 1] ?? ''
        const made = await verify({ ...place(form, first), text, parent: row.id, requests }, countLater('form', config))
        return made === null ? null : joinAll([asPart(made), translateAll(job, intent, form, made)])
      }),
    )
  }

  return async (job) => {
    const reply = await texts.write(job)
    const place = (intent: Intent): PlacedSlot => placeSlot(job, config, intent, 0, first)
    if (reply.status === 'unavailable') {
      const [intent] = intents
      if (intent === undefined) throw new Error('expected an intent')
      context.leaveOpen(describeOpen(place(intent).slot, 'write', reply.reply, countLater('write', config)))
      return null
    }
    const requests = { ...noRequests, write: reply.requests }
    return await joinAll(
      intents.map(async (intent) => {
        const text = reply.status === 'read' ? (reply.value.get(intent) ?? '') : ''
        const original =
          reply.status === 'unusable'
            ? reject({ ...place(intent), text: null, requests }, explain('write', reply))
            : text === ''
              ? reject({ ...place(intent), text: null, requests }, notWritten)
              : await verify({ ...place(intent), text, parent: null, requests }, countLater('original', config))
        if (original === null) return null
        return await joinAll([
          asPart(original),
          translateAll(job, intent, 0, original),
          paraphraseAll(job, intent, original),
        ])
      }),
    )
  }
}

const noStepsLater: StepCounts = { paraphrase: 0, translate: 0, verify: 0 }

const notWritten: TextReason = {
  stage: 'write',
  code: 'not_written',
  detail: 'the writer left this variant empty, as it may where none can be written within the rules',
  evidence: [],
}

/** Slots of which none has a text, for one reason. */
function rejectAll(slots: readonly PlacedSlot[], reason: TextReason): readonly Outcome[] {
  return slots.map((placed) => reject({ ...placed, text: null, requests: noRequests }, reason))
}

function explain(stage: 'write' | 'paraphrase' | 'translate', { code, detail, text }: Unusable): TextReason {
  return { stage, code: code === 'off_menu' ? 'malformed' : code, detail, evidence: text === '' ? [] : [text] }
}

function parentRejected(stage: 'paraphrase' | 'translate', parent: SyntheticRejection): TextReason {
  const detail = `not made, since ${nameSlot(parent)} was rejected (${parent.stage}: ${parent.code})`
  return { stage, code: 'parent_rejected', detail, evidence: [] }
}

async function asPart<T>(outcome: T): Promise<readonly T[]> {
  return [outcome]
}

function asList<T>(outcome: T | null): readonly T[] | null {
  return outcome === null ? null : [outcome]
}

/** All parts are waited for, so that what can be asked is asked; null where one of them is. */
async function joinAll<T>(parts: readonly Promise<readonly T[] | null>[]): Promise<readonly T[] | null> {
  const all = await Promise.all(parts)
  const whole: T[] = []
  for (const part of all) {
    if (part === null) return null
    whole.push(...part)
  }
  return whole
}
