import type { Reply } from '../models/model-port.ts'
import type { Message } from '../records/message.ts'
import type { Slot, SyntheticPrompt, SyntheticRejection, SynthesisRequests } from '../records/synthetic-prompt.ts'
import { createLabeller } from '../stages/classify/label-prompt.ts'
import { computePromptId } from '../stages/collect/prompt-id.ts'
import type { AskContext } from './ask-texts.ts'
import { checkText, findForbiddenMinor, type TextReason } from './check-text.ts'
import { nameSlot, type PlacedSlot, type StepCounts } from './family-plan.ts'

/** A slot that waits for an answer; a later run takes its family up. */
export type OpenSlot = {
  readonly slot: string
  readonly step: string
  readonly reply: Extract<Reply, { status: 'unavailable' }>
  /** What may be asked once it is there, at most. */
  readonly later: StepCounts
}

export type FamilyContext = AskContext & { readonly leaveOpen: (slot: OpenSlot) => void }

/** What became of a slot; `made` passed rules and verifier. */
export type Outcome =
  | { readonly status: 'made'; readonly key: string; readonly row: SyntheticPrompt }
  | { readonly status: 'rejected'; readonly key: string; readonly row: SyntheticRejection }
export type Made = Extract<Outcome, { status: 'made' }>

/** A text for a slot, with where it came from. */
export type Draft = PlacedSlot & {
  readonly text: string
  readonly parent: string | null
  readonly requests: SynthesisRequests
}

/** The rules, then the verifier: a second model, which is shown the text alone. Null where its answer is missing. */
export function createVerifier(context: FamilyContext) {
  const { config, roles } = context
  const askLabels = createLabeller(context, config.verify.template)
  return async (draft: Draft, later: StepCounts): Promise<Outcome | null> => {
    const { slot, text, key, parent, requests } = draft
    const checked = checkText(text, slot, config.rules)
    if (checked.outcome === 'failed') return reject(draft, checked.reason)
    const purpose = { step: 'synthesize:verify', category: slot.category }
    const reply = await askLabels(roles.verify, toMessages(text), purpose)
    if (reply.status === 'unavailable') {
      context.leaveOpen(describeOpen(slot, 'verify', reply.reply, later))
      return null
    }
    const verified = { ...draft, requests: { ...requests, verify: reply.requests } }
    if (reply.status === 'unusable') {
      const detail = `the verifier's reply was ${reply.code}: ${reply.detail}`
      return reject(verified, { stage: 'verify', code: 'unverified', detail, evidence: [reply.text] })
    }
    const { intent, category, rationale } = reply.value
    const labels = [`verified intent: ${intent}`, `verified category: ${category}`, `rationale: ${rationale}`]
    if (intent !== slot.intent) {
      const detail = `written as ${slot.intent}, verified as ${intent}`
      return reject(verified, { stage: 'verify', code: 'intent_mismatch', detail, evidence: labels })
    }
    if (category !== slot.category && config.verify.category === 'reject') {
      const detail = `written for ${slot.category}, verified as ${category}`
      return reject(verified, { stage: 'verify', code: 'category_mismatch', detail, evidence: labels })
    }
    const minor = findForbiddenMinor(text, category)
    if (minor !== null) return reject(verified, minor)
    const row: SyntheticPrompt = {
      id: computePromptId(toMessages(text)),
      prompt: text,
      ...slot,
      parent,
      verified_category: category,
      language_checked: checked.isLanguageChecked,
      requests: verified.requests,
    }
    return { status: 'made', key, row }
  }
}

function toMessages(text: string): readonly Message[] {
  return [{ role: 'user', content: text }]
}

export function reject(
  { key, slot, text, requests }: Omit<Draft, 'text' | 'parent'> & { readonly text: string | null },
  reason: TextReason,
): Extract<Outcome, { status: 'rejected' }> {
  const id = text === null ? null : computePromptId(toMessages(text))
  return { status: 'rejected', key, row: { ...reason, ...slot, id, prompt: text, requests } }
}

export function describeOpen(slot: Slot, step: string, reply: OpenSlot['reply'], later: StepCounts): OpenSlot {
  return { slot: nameSlot(slot), step: `synthesize:${step}`, reply, later }
}
