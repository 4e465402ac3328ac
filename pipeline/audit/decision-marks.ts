import { summariseDecisions } from '../decisions/summarise-decisions.ts'
import type { Decision } from '../records/decision.ts'
import type { RowsDatabase } from './rows-database.ts'

/** What a queue asks of the decisions on one text. */
export type DecisionMark = {
  readonly promptId: string
  readonly contentDigest: string
  /** Someone's accept or reject stands. */
  readonly isStanding: boolean
  /** This auditor's does. */
  readonly isMine: boolean
  readonly isConflict: boolean
  /** Someone flagged it and has not withdrawn since. */
  readonly isFlagged: boolean
}

export function markDecisions(decisions: readonly Decision[], auditor: string): readonly DecisionMark[] {
  return summariseDecisions(decisions)
    .map(({ promptId, contentDigest, standing, notes }) => ({
      promptId,
      contentDigest,
      isStanding: standing !== null,
      isMine: standing?.rulings.some(({ by }) => by === auditor) ?? false,
      isConflict: standing?.isConflict ?? false,
      isFlagged: notes.some(({ action }) => action === 'flag'),
    }))
    .filter(({ isStanding, isFlagged }) => isStanding || isFlagged)
}

/** Table `marks`, made anew: people decide one by one, so there are few. */
export async function replaceMarkTable(database: RowsDatabase, marks: readonly DecisionMark[]): Promise<void> {
  await database.run(
    `CREATE OR REPLACE TABLE marks AS
    SELECT unnest(from_json($marks, '[{"prompt_id":"VARCHAR","content_digest":"VARCHAR","is_standing":"BOOLEAN",
      "is_mine":"BOOLEAN","is_conflict":"BOOLEAN","is_flagged":"BOOLEAN"}]'), recursive := true)`,
    {
      marks: JSON.stringify(
        marks.map(({ promptId, contentDigest, isStanding, isMine, isConflict, isFlagged }) => ({
          prompt_id: promptId,
          content_digest: contentDigest,
          is_standing: isStanding,
          is_mine: isMine,
          is_conflict: isConflict,
          is_flagged: isFlagged,
        })),
      ),
    },
  )
}
