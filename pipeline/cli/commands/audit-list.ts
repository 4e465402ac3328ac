import type { Argv } from 'yargs'
import { readEffects, type EffectNow } from '../../audit/read-effects.ts'
import type { Manifest } from '../../build/manifest.ts'
import { decisionEffects } from '../../decisions/decision-effects.ts'
import { findStandingDecisions } from '../../decisions/standing-decisions.ts'
import { summariseDecisions, type DecidedText } from '../../decisions/summarise-decisions.ts'
import { showOnOneLine } from '../../display/visible-text.ts'
import type { Decision, Ruling } from '../../records/decision.ts'
import { openTarget, takeTarget, type TargetArguments } from '../audit-target.ts'
import type { Command } from '../defer-command.ts'

/** `none`: nothing stands (flags and comments only, or all taken back). `unknown`: there is no build yet. */
const effects = [...decisionEffects, 'pending', 'none', 'unknown'] as const
type ListedEffect = EffectNow | 'none' | 'unknown'

type ListArguments = TargetArguments & { effect: ListedEffect | undefined; by: string | undefined; json: boolean }

export const auditListCommand: Command<ListArguments> = {
  builder: (yargs: Argv): Argv<ListArguments> =>
    takeTarget(yargs)
      .option('effect', { choices: effects, describe: 'Only decisions that came out so' })
      .option('by', { type: 'string', describe: 'Only texts that this auditor decided about' })
      .option('json', { type: 'boolean', default: false, describe: 'Print as JSON, with every decision ever made' })
      .example('$0 audit list -c data/demo.yaml --effect stale', 'decisions whose text has changed'),
  handler: async (argv) => {
    const listed = await listTexts(argv)
    process.stdout.write(argv.json ? `${JSON.stringify(listed, null, 2)}\n` : renderList(listed))
  },
}

type ListedText = DecidedText & {
  readonly effect: ListedEffect
  /** No category of the build has the policy any more under which the text was last accepted or rejected. */
  readonly isPolicyEdited: boolean
}

async function listTexts(argv: ListArguments): Promise<readonly ListedText[]> {
  const { decisions: store, build } = await openTarget(argv)
  try {
    const decisions = await store.list()
    const standing = findStandingDecisions(decisions)
    const effectOf = build === null ? () => 'unknown' as const : await readEffects(build, standing)
    return summariseDecisions(decisions)
      .map((text) => {
        const { contentDigest, promptId, candidateId } = text
        const effect: ListedEffect =
          text.standing === null ? 'none' : effectOf({ ...text.standing, contentDigest, promptId, candidateId })
        return { ...text, effect, isPolicyEdited: build !== null && isPolicyEdited(text, build.manifest) }
      })
      .filter(({ effect }) => argv.effect === undefined || effect === argv.effect)
      .filter(({ history }) => argv.by === undefined || history.some(({ by }) => by === argv.by))
  } finally {
    await store.close()
  }
}

function isPolicyEdited({ history }: DecidedText, { inputs }: Manifest): boolean {
  const last = history.findLast(({ action }) => action === 'accept' || action === 'reject')
  const current = new Set(Object.values(inputs.specSet.specs))
  return last !== undefined && last.specDigest !== null && !current.has(last.specDigest)
}

const explanations: Readonly<Record<ListedEffect, string>> = {
  emitted: 'is a row of the build',
  withheld: 'is kept out of the build',
  conflicting: 'auditors differ: kept out until one of them withdraws',
  unusable: 'accepted, but another accepted candidate came first or no row can hold it',
  stale: 'its text is not in the build any more: not applied',
  absent: 'its prompt got no candidates in the build',
  pending: 'decided after the build: the next build looks at it',
  none: 'nothing stands that a build would look at',
  unknown: 'there is no build yet',
}

function renderList(listed: readonly ListedText[]): string {
  if (listed.length === 0) return 'no decisions\n'
  const counts = Map.groupBy(listed, ({ effect }) => effect)
  const summary = effects.flatMap((effect) => {
    const count = counts.get(effect)?.length ?? 0
    return count === 0 ? [] : [`${effect.padEnd(12)}${String(count).padStart(5)}  ${explanations[effect]}`]
  })
  return `${[...listed.map(renderText), summary.join('\n')].join('\n\n')}\n`
}

function renderText(text: ListedText): string {
  const { effect, promptId, candidateId, outcome, standing, notes, isPolicyEdited } = text
  return [
    `${effect}  ${candidateId} of ${promptId} (graders: ${showOnOneLine(outcome)}${isPolicyEdited ? '; policy edited since' : ''})`,
    ...(standing?.rulings ?? []).map(renderWord),
    ...notes.map(renderWord),
  ].join('\n')
}

function renderWord({ action, by, decidedAt, reason }: Ruling | Decision): string {
  return `  ${action.padEnd(8)} ${decidedAt.slice(0, 16).replace('T', ' ')}  ${showOnOneLine(by)}: ${showOnOneLine(reason)}`
}
