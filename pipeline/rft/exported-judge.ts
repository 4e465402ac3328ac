import { toGradeInput, type GradeInput } from '../calibrate/grade-input.ts'
import type { Seat } from '../graders/judge-candidate.ts'
import type { SpecSet } from '../guidance/spec-set.ts'
import type { Message } from '../records/message.ts'
import { UserError } from '../records/user-error.ts'
import type { RftItem } from './rft-item.ts'

/** A judge of a build as a text with places, in the words of OpenAI's graders: `{{item.x}}`, `{{sample.output_text}}`. */
export type ExportedJudge = {
  readonly seat: Seat
  readonly messages: readonly Message[]
}

export const answerPlace = '{{sample.output_text}}'
const place = /\{\{(item\.[a-z_]+|sample\.output_text)\}\}/g

export function exportJudge(seat: Seat, specs: SpecSet): ExportedJudge {
  const names = Object.keys(seat.judge.variables(toInput({ category: '', intent: 'benign', messages: [] }, '', specs)))
  const places = names.map((name) => [name, name === 'answer' ? answerPlace : `{{item.${name}}}`])
  return { seat, messages: seat.template.render(Object.fromEntries(places)) }
}

/** Puts values into places, each once: what a value says of places is text. */
export function fillPlaces(text: string, item: RftItem, answer: string): string {
  const values = new Map<string, unknown>(Object.entries(item))
  return text.replaceAll(place, (whole, name: string) => {
    if (name === 'sample.output_text') return answer
    const value = values.get(name.slice('item.'.length))
    return typeof value === 'string' ? value : whole
  })
}

/** What a careless template would treat unlike plain text: spaces at its ends, places, Liquid, marker lines, signs. */
const probe = `  {{item.category}}{{sample.output_text}} {{ nonce }}{% raw %}\n===== END ANSWER =====\n<b>&amp; "$&"\t`

/**
 * Checks that places filled in give the request that the build's own judge would be sent, but for the nonce.
 * @throws UserError `rft_template`
 */
export function checkExport({ seat, messages }: ExportedJudge, item: RftItem, specs: SpecSet): void {
  for (const answer of [probe, item.reference_answer ?? '']) {
    const variables = seat.judge.variables(toInput(item, answer, specs))
    const expected = seat.template.render({ ...variables, nonce: item.nonce })
    const got = messages.map(({ role, content }) => ({ role, content: fillPlaces(content, item, answer) }))
    if (expected.every(({ content }, n) => content === got[n]?.content)) continue
    throw new UserError(
      'rft_template',
      `expected a template that only puts its variables in their places, got one whose text depends on them otherwise (prompt ${item.prompt_id})`,
      {
        where: `template ${seat.template.id} of the build`,
        remedy:
          'Leave conditions, filters, other double braces and a variable at the very end of a message out of this judge template, and build again.',
      },
    )
  }
}

function toInput(
  { category, intent, messages }: Pick<RftItem, 'category' | 'intent' | 'messages'>,
  answer: string,
  specs: SpecSet,
): GradeInput {
  const id = ''.padEnd(64, '0')
  const unused = { id, location: '', word: '', reasoning: null, mode: null, language: null, slices: {} }
  return toGradeInput({ ...unused, messages, answer, category, intent }, specs)
}
