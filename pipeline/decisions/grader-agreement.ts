import { measureAgreement } from '../calibrate/measure-agreement.ts'
import type { Agreement } from '../records/calibration.ts'
import type { Ruling } from '../records/decision.ts'
import type { Verdict } from '../records/verdict.ts'
import { weighRulings } from './standing-decisions.ts'

/** A candidate as far as it tells what graders and people said of it. */
export type JudgedRow = {
  readonly verdicts: readonly Verdict[]
  readonly failedGraders: readonly string[]
  readonly decisions: readonly Ruling[]
}

export type GraderAgreement = {
  readonly grader: string
  /** First: people. Second: the grader, null where it gave no verdict. */
  readonly agreement: Agreement
}

export type AgreementTally = {
  readonly see: (row: JudgedRow) => void
  /** Graders that saw a text that people decided about, in the order in which they were given. */
  readonly read: () => readonly GraderAgreement[]
}

type Word = 'accept' | 'reject'

/**
 * How far each grader agrees with the auditors, over the texts on which these agree with each other. A grader that was
 * not asked about a text (a judge behind one that stopped the candidate) is not compared there. Auditors read what they
 * chose to read, so this says where a grader was overruled and not how often it is wrong.
 * @param rules Of the build. They run on every candidate, all of them, and only failures leave a verdict.
 */
export function tallyGraderAgreement(rules: readonly string[], judges: readonly string[]): AgreementTally {
  const pairs = new Map<string, { first: Word; second: Word | null }[]>()
  for (const grader of [...rules, ...judges]) pairs.set(grader, [])
  return {
    see({ verdicts, failedGraders, decisions }) {
      if (decisions.length === 0) return
      const { verdict: first, isConflict } = weighRulings(decisions)
      if (isConflict) return
      for (const [grader, seen] of pairs) {
        const verdict = verdicts.find((one) => one.grader === grader)
        if (verdict === undefined && !rules.includes(grader)) continue
        const passed = failedGraders.includes(grader) ? 'reject' : 'accept'
        seen.push({ first, second: verdict?.status === 'ungraded' ? null : passed })
      }
    },
    read: () =>
      [...pairs]
        .filter(([, seen]) => seen.length > 0)
        .map(([grader, seen]) => ({
          grader,
          agreement: measureAgreement(seen, { classes: ['accept', 'reject'], isOrdered: false }),
        })),
  }
}
