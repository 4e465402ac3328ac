import { describePlace } from '../../importers/raw-row.ts'
import type { SourceRow } from '../../importers/read-rows.ts'
import type { Message } from '../../records/message.ts'
import type { Rejection } from '../../records/rejection.ts'
import { UserError } from '../../records/user-error.ts'
import { withoutCandidate } from '../reject.ts'

/** Why a row is no prompt ("expected ..., got ...") and what would mend it. */
export type Flaw = { readonly problem: string; readonly remedy: string }

/** How much of a bad row a rejection shows. */
const maxRawCharacters = 2_000

const cut = (text: string): string => {
  const short = text.slice(0, maxRawCharacters)
  // The cut may fall between the halves of a surrogate pair.
  return short.isWellFormed() ? short : short.slice(0, -1).toWellFormed()
}

const raiseOrReject = '; or set onBadRow: reject to build without such rows'

export const raiseBadRow = ({ source, row }: SourceRow, { problem, remedy }: Flaw): UserError =>
  new UserError('bad_row', problem, {
    where: `${describePlace(row)}, source ${source.name}`,
    remedy: remedy + raiseOrReject,
  })

export const rejectBadRow = (
  { source, row }: SourceRow,
  { problem, remedy }: Flaw,
  messages: readonly Message[],
): Rejection => ({
  stage: 'collect',
  code: 'bad_row',
  detail: `${describePlace(row)}: ${problem}; ${remedy}`,
  evidence: [cut(row.raw)],
  source: source.name,
  location: row.location,
  promptId: null,
  family: null,
  category: null,
  intent: null,
  language: null,
  messages: [...messages],
  requests: [],
  ...withoutCandidate,
})
