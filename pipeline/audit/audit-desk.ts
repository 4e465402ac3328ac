import type { AnswerStore } from '../answers/answer-store.ts'
import type { DecisionStore } from '../answers/decision-store.ts'
import type { AuditBuild } from './audit-build.ts'
import { createDecisionDesk, type DecisionDesk } from './decision-desk.ts'
import { readFilterOptions, type FilterOptions } from './filter-options.ts'
import { openPolicyBook, type PolicyBook } from './policy-book.ts'
import { createPreviousReader, type PreviousReader } from './previous-outcome.ts'
import { createQueues, type Queues } from './queues.ts'
import { createItemReader, type ItemReader } from './read-item.ts'
import { createRowReader, type RowReader } from './read-rows.ts'
import { createRowTable } from './row-table.ts'
import { openRowsDatabase } from './rows-database.ts'
import { readNumber } from './sql-values.ts'

/** All that the page serves: a build, and what people decide about it. */
export type AuditDesk = {
  readonly build: AuditBuild
  readonly previous: AuditBuild | null
  readonly counts: AuditCounts
  readonly options: FilterOptions
  readonly queues: Queues
  readonly items: ItemReader
  readonly rows: RowReader
  /** Null where there is no earlier build. */
  readonly readPrevious: PreviousReader | null
  readonly policy: PolicyBook
  readonly decisions: DecisionDesk
  readonly answers: AnswerStore
  readonly close: () => Promise<void>
}

export type AuditCounts = { readonly prompts: number; readonly accepted: number; readonly rejected: number }

export type DeskChoice = {
  readonly build: AuditBuild
  /** To measure moves against. */
  readonly previous: AuditBuild | null
  /** Null: the spec sets that are shipped. */
  readonly specsFolder: string | null
  readonly auditor: string
  readonly now: () => string
  /** Opened by the caller, closed here. */
  readonly answers: AnswerStore
  readonly decisions: DecisionStore
}

/** @throws UserError `audit_rows` when the rows cannot be read. */
export async function openAuditDesk(choice: DeskChoice): Promise<AuditDesk> {
  const { build, previous, auditor, now, answers, decisions: store } = choice
  const paths = [...build.files, ...(previous?.files ?? [])].map(({ path }) => path)
  const database = await openRowsDatabase([...new Set(paths)])
  const files = await createRowTable(database, build)
  const policy = await openPolicyBook(build, choice.specsFolder)
  const rows = createRowReader(database, files, build.format)
  const decisions = createDecisionDesk({ store, auditor, manifest: build.manifest, now })
  const [count] = await database.query(`
    SELECT count(DISTINCT item)::INTEGER AS prompts, (count(*) FILTER (code = 'accepted'))::INTEGER AS accepted,
      (count(*) FILTER (code <> 'accepted'))::INTEGER AS rejected FROM rows`)
  return {
    build,
    previous,
    counts: {
      prompts: readNumber(count, 'prompts'),
      accepted: readNumber(count, 'accepted'),
      rejected: readNumber(count, 'rejected'),
    },
    options: await readFilterOptions(database),
    queues: createQueues({ database, files, previous, listDecisions: decisions.list, auditor }),
    items: createItemReader(database, rows),
    rows,
    readPrevious: previous === null ? null : createPreviousReader(database, previous),
    policy,
    decisions,
    answers,
    close: async () => {
      await database.close()
      await answers.close()
      await store.close()
    },
  }
}
