import { join, resolve } from 'node:path'
import { distance } from 'fastest-levenshtein'
import type { Argv } from 'yargs'
import { readRowFiles } from '../../build/read-manifest.ts'
import { listCitedClauses, traceClause, type CitingRow } from '../../build/trace-clause.ts'
import type { FoundBuild } from '../../build/find-builds.ts'
import { parseSpecFolder } from '../../guidance/load-guidance.ts'
import { UserError } from '../../records/user-error.ts'
import type { Command } from '../defer-command.ts'
import { toPlainText } from '../print-error.ts'

type TraceArguments = { clause: string; build: string; specs: string | undefined; json: boolean }

const shippedSpecs = resolve(import.meta.dirname, '../../../specs')

export const specTraceCommand: Command<TraceArguments> = {
  builder: (yargs: Argv): Argv<TraceArguments> =>
    yargs
      .positional('clause', { type: 'string', demandOption: true, describe: 'The id of a clause, such as CYB-4' })
      .option('build', { type: 'string', demandOption: true, describe: 'A build folder' })
      .option('specs', { type: 'string', describe: 'The folder of spec sets of the build; default: the shipped one' })
      .option('json', { type: 'boolean', default: false, describe: 'Print as JSON' })
      .example('$0 spec trace CYB-4 --build data/builds/demo/latest', 'what an edit of CYB-4 would touch'),
  handler: async ({ clause, build: folder, specs, json }) => {
    const build = { folder, files: await readRowFiles(folder) }
    const counts: Counts = { accepted: {}, rejected: {} }
    const rows: CitingRow[] = []
    for await (const row of traceClause(build, clause)) {
      const mode = row.mode ?? 'no mode'
      counts[row.outcome][mode] = (counts[row.outcome][mode] ?? 0) + 1
      if (json) rows.push(row)
      else process.stdout.write(`${toPlainText(renderRow(row))}\n`)
    }
    if (sum(counts.accepted) + sum(counts.rejected) === 0) await checkClause(clause, build, specs)
    const { buildId } = build.files
    process.stdout.write(
      json
        ? `${JSON.stringify({ clause, buildId, counts, rows }, null, 2)}\n`
        : `${toPlainText(`${clause} in ${buildId}: ${renderCounts(counts)}`)}\n`,
    )
  },
}

/** Mode to number of rows. */
type Counts = Readonly<Record<CitingRow['outcome'], Record<string, number>>>

function renderRow({ outcome, id, promptId, category, mode, reward, rejection, prompt }: CitingRow): string {
  const fate = rejection ?? `reward ${reward?.toFixed(2) ?? 'unknown'}`
  return [outcome, id, promptId, category, mode, fate, prompt].map((part) => part ?? '-').join('  ')
}

function renderCounts(counts: Counts): string {
  return (['accepted', 'rejected'] as const)
    .map((outcome) => {
      const modes = Object.entries(counts[outcome]).map(([mode, count]) => `${mode} ${count}`)
      const list = modes.toSorted().join(', ')
      return `${sum(counts[outcome])} ${outcome}${list === '' ? '' : ` (${list})`}`
    })
    .join(', ')
}

function sum(modes: Readonly<Record<string, number>>): number {
  return Object.values(modes).reduce((all, count) => all + count, 0)
}

/**
 * A clause that no row cites may still be one of the set; else it is misspelt.
 * @throws UserError `unknown_clause`.
 */
async function checkClause(clause: string, build: FoundBuild, specs: string | undefined): Promise<void> {
  const known = new Set([...(await listClauses(build, specs)), ...(await listCitedClauses(build))])
  if (known.has(clause)) return
  const nearest = [...known]
    .map((id) => ({ id, edits: distance(id, clause.toUpperCase()) }))
    .toSorted((a, b) => a.edits - b.edits || (a.id < b.id ? -1 : 1))
    .slice(0, 3)
    .map(({ id }) => id)
  throw new UserError('unknown_clause', `expected the id of a clause, got "${clause}"`, {
    where: build.folder,
    remedy: nearest.length > 0 ? `Nearest: ${nearest.join(', ')}.` : 'No row of the build cites any clause.',
  })
}

/** Retired ids too. A set that is not among the shipped ones was the user's own: then the rows alone are asked. */
async function listClauses({ files }: FoundBuild, specs: string | undefined): Promise<readonly string[]> {
  const folder = join(specs ?? shippedSpecs, files.inputs.specSet.name)
  const parsed = await parseSpecFolder(folder).catch((error: unknown) => {
    if (error instanceof UserError && specs === undefined) return []
    throw error
  })
  return parsed.flatMap(({ spec }) => [...spec.clauses.map(({ id }) => id), ...spec.retired])
}
