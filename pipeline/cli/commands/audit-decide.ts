import { userInfo } from 'node:os'
import type { Argv } from 'yargs'
import { keepDecision } from '../../audit/decide.ts'
import { findRows } from '../../build/find-rows.ts'
import { findStandingDecisions } from '../../decisions/standing-decisions.ts'
import { decisionActions, type Decision } from '../../records/decision.ts'
import { UserError } from '../../records/user-error.ts'
import { openTarget, takeTarget, type TargetArguments } from '../audit-target.ts'
import type { Command } from '../defer-command.ts'

type DecideArguments = TargetArguments & { candidate: string; action: Decision['action']; by: string; reason: string }

const consequences: Readonly<Record<Decision['action'], string>> = {
  accept: 'the next build emits this text, whatever graders say of it',
  reject: 'the next build withholds this text, whatever graders say of it',
  flag: 'it stands in the list for others to look at; builds do not look at it',
  comment: 'it stands in the list; builds do not look at it',
  withdraw: 'what you said of this text before does not count any more',
}

const conflict = 'auditors differ about this text, so the next build withholds it until one of them withdraws'

export const auditDecideCommand: Command<DecideArguments> = {
  builder: (yargs: Argv): Argv<DecideArguments> =>
    takeTarget(yargs)
      .positional('candidate', { type: 'string', demandOption: true, describe: 'The id of a candidate (c_...)' })
      .positional('action', {
        choices: decisionActions,
        demandOption: true,
        describe: 'What you decide; withdraw takes back what you said of this text before',
      })
      .option('reason', { type: 'string', demandOption: true, describe: 'Why, in your words' })
      .option('by', { type: 'string', default: userInfo().username, describe: 'Who decides' })
      .example('$0 audit decide c_0123456789abcdef0123 reject --reason "names a dose" -c my.yaml', ''),
  handler: async ({ candidate, action, by, reason, ...argv }) => {
    const { decisions: store, build } = await openTarget(argv)
    try {
      const rows = build === null ? [] : await findRows(build.folder, candidate)
      const found = rows.find(({ row }) => row['id'] === candidate || row['candidate_id'] === candidate)
      if (found === undefined || build === null) {
        throw new UserError('unknown_id', `expected a candidate of the build, got "${candidate}"`, {
          where: build?.folder ?? argv.config,
          remedy: 'Take ids from the id and candidate_id columns of the build, or from its review page.',
        })
      }
      const word = { action, by, reason, decidedAt: new Date().toISOString() }
      const decision = await keepDecision(store, found.row, build.manifest, word)
      const standing = findStandingDecisions(await store.list()).find(decision.contentDigest)
      const consequence = standing?.isConflict === true ? conflict : consequences[action]
      process.stdout.write(`${decision.id} kept: ${consequence}\n`)
    } finally {
      await store.close()
    }
  },
}
