import type { Argv } from 'yargs'
import { readEffects, readGraderAgreement, type EffectNow } from '../../audit/read-effects.ts'
import {
  compareAuditors,
  countByAuditor,
  type AuditorCounts,
  type AuditorPair,
} from '../../decisions/auditor-agreement.ts'
import type { GraderAgreement } from '../../decisions/grader-agreement.ts'
import { findStandingDecisions } from '../../decisions/standing-decisions.ts'
import { showOnOneLine } from '../../display/visible-text.ts'
import type { Agreement } from '../../records/calibration.ts'
import { openTarget, takeTarget, type TargetArguments } from '../audit-target.ts'
import type { Command } from '../defer-command.ts'
import { renderKappa } from '../render-kappa.ts'
import { renderTable } from '../render-table.ts'

type StatsArguments = TargetArguments & { json: boolean }

type DecisionStats = {
  readonly auditors: readonly AuditorCounts[]
  /** Texts with a standing accept or reject; by two auditors or more; on which they differ. */
  readonly texts: { readonly decided: number; readonly shared: number; readonly conflicts: number }
  readonly agreement: readonly AuditorPair[]
  /** Null without a build. */
  readonly build: {
    readonly buildId: string
    readonly effects: Partial<Record<EffectNow, number>>
    readonly graders: readonly GraderAgreement[]
  } | null
}

export const auditStatsCommand: Command<StatsArguments> = {
  builder: (yargs: Argv): Argv<StatsArguments> =>
    takeTarget(yargs).option('json', { type: 'boolean', default: false, describe: 'Print as JSON' }),
  handler: async (argv) => {
    const stats = await readStats(argv)
    process.stdout.write(argv.json ? `${JSON.stringify(stats, null, 2)}\n` : `${renderStats(stats)}\n`)
  },
}

async function readStats(argv: TargetArguments): Promise<DecisionStats> {
  const { decisions: store, build } = await openTarget(argv)
  try {
    const decisions = await store.list()
    const standing = findStandingDecisions(decisions)
    const all = standing.all()
    const counts: Partial<Record<EffectNow, number>> = {}
    if (build !== null) {
      const effectOf = await readEffects(build, standing)
      for (const effect of all.map(effectOf)) counts[effect] = (counts[effect] ?? 0) + 1
    }
    return {
      auditors: countByAuditor(decisions),
      texts: {
        decided: all.length,
        shared: all.filter(({ rulings }) => rulings.length > 1).length,
        conflicts: all.filter(({ isConflict }) => isConflict).length,
      },
      agreement: compareAuditors(decisions),
      build:
        build === null
          ? null
          : {
              buildId: build.manifest.buildId,
              effects: counts,
              graders: await readGraderAgreement(build, standing, Object.keys(build.manifest.inputs.graders)),
            },
    }
  } finally {
    await store.close()
  }
}

function renderStats({ auditors, texts, agreement, build }: DecisionStats): string {
  if (auditors.length === 0) return 'no decisions'
  const words = ['accept', 'reject', 'flag', 'comment', 'withdraw'] as const
  const lines = [
    ...renderTable([
      ['auditor', ...words],
      ...auditors.map((one) => [showOnOneLine(one.by), ...words.map((word) => String(one[word]))]),
    ]),
    '',
    `texts       ${texts.decided} with a standing accept or reject, ${texts.shared} by two auditors or more, ${texts.conflicts} in conflict`,
    ...agreement.map(
      ({ auditors: names, agreement: one }) =>
        `agreement   ${names.map(showOnOneLine).join(' and ')}: ${renderAgreement(one)}`,
    ),
  ]
  if (build === null) return lines.join('\n')
  const effects = Object.entries(build.effects).map(([effect, count]) => `${effect} ${count}`)
  return [
    ...lines,
    `effects     ${effects.join(', ') || 'none'} (in ${build.buildId})`,
    '',
    'Graders against the auditors, over the texts that these decided about and agree on. They read what they chose to',
    'read: this says where a grader was overruled, not how often it is wrong (see `calibrate` for that).',
    ...renderTable([
      ['grader', 'texts', 'agree', 'passed, but rejected', 'failed, but accepted', 'ungraded', 'kappa'],
      ...build.graders.map(toLine),
    ]),
  ].join('\n')
}

function renderAgreement({ examples, accuracy, kappa }: Agreement): string {
  const same = accuracy.value === null ? '-' : `${(accuracy.value * 100).toFixed(0)}% the same`
  return `${examples} texts, ${same}, kappa ${renderKappa(kappa, 2)}`
}

/** Rows of the matrix: people, accept then reject; columns: the grader. */
function toLine({ grader, agreement }: GraderAgreement): readonly string[] {
  const { examples, matrix, ungraded, kappa } = agreement
  const cell = (row: number, column: number): number => matrix[row]?.[column] ?? 0
  return [
    grader,
    String(examples),
    String(cell(0, 0) + cell(1, 1)),
    String(cell(1, 0)),
    String(cell(0, 1)),
    String(ungraded.reduce((all, count) => all + count, 0)),
    renderKappa(kappa, 2),
  ]
}
