import { rm } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { buildWhole, createProject, startServer, type WholeBuild } from '../build/build-project.ts'
import { seedPrompts } from '../build/seed-prompts.ts'
import { createPlayModel } from '../support/play-model.ts'
import { runCli } from './run-cli.ts'

const clausesSchema = z.array(z.string())
const tracedSchema = z.object({
  counts: z.record(z.string(), z.record(z.string(), z.number())),
  rows: z.array(
    z.object({ outcome: z.string(), id: z.string(), promptId: z.string(), rejection: z.string().nullable() }),
  ),
})

/** A build without its server, its store and its config. */
async function createBareBuild(config: Readonly<Record<string, unknown>> = {}): Promise<WholeBuild> {
  const server = await startServer(createPlayModel({ misfits: { malformed: 5, refused: 5 } }))
  const project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(16), config })
  const build = await buildWhole(project)
  await server.close()
  await rm(project.store)
  await rm(project.config)
  return build
}

const citing = (rows: WholeBuild['samples'], clause: string): WholeBuild['samples'] =>
  rows.filter((row) => clausesSchema.parse(row['cited_clauses']).includes(clause))

test('a trace lists every row that cites the clause, accepted and rejected, and counts them by mode', async () => {
  const { path, samples, rejected } = await createBareBuild()
  const clauses = new Set([...samples, ...rejected].flatMap((row) => clausesSchema.parse(row['cited_clauses'])))
  expect(clauses.size).toBeGreaterThan(1)
  for (const clause of clauses) {
    const { code, stdout, stderr } = await runCli(['spec', 'trace', clause, '--build', path, '--json'])
    expect(code, stderr).toBe(0)
    const { rows, counts } = tracedSchema.parse(JSON.parse(stdout))
    const expected = [
      ...citing(samples, clause).map((row) => ['accepted', row['id'], row['prompt_id'], null]),
      ...citing(rejected, clause).map((row) => [
        'rejected',
        row['candidate_id'],
        row['prompt_id'],
        `${z.string().parse(row['stage'])}/${z.string().parse(row['code'])}`,
      ]),
    ]
    expect(rows.map(({ outcome, id, promptId, rejection }) => [outcome, id, promptId, rejection])).toEqual(expected)
    for (const [outcome, from] of [
      ['accepted', samples],
      ['rejected', rejected],
    ] as const) {
      const modes = Object.groupBy(citing(from, clause), (row) => z.string().parse(row['mode']))
      const lengths = Object.entries(modes).map(([mode, some]) => [mode, some?.length])
      expect(counts[outcome]).toEqual(Object.fromEntries(lengths))
    }
  }
})

test('the text has one line a row, and the counts at the end', async () => {
  const { path, samples, rejected } = await createBareBuild()
  const [clause = ''] = clausesSchema.parse(samples[0]?.['cited_clauses'])
  const { stdout } = await runCli(['spec', 'trace', clause, '--build', path])
  const lines = stdout.trimEnd().split('\n')
  const [accepted, refused] = [citing(samples, clause).length, citing(rejected, clause).length]
  expect(lines.length).toBe(accepted + refused + 1)
  expect(lines[0]).toMatch(/^accepted {2}c_[0-9a-f]{20} {2}p_[0-9a-f]{20} {2}\S+ {2}\w+ {2}reward \d\.\d\d {2}Our /)
  expect(lines.at(-1)).toContain(`: ${accepted} accepted (`)
})

test('a clause that nobody cites has no rows; one that does not exist is told with the nearest ids', async () => {
  const { path } = await createBareBuild()
  const uncited = await runCli(['spec', 'trace', 'WPN-3', '--build', path])
  expect([uncited.code, uncited.stdout]).toEqual([0, expect.stringContaining(': 0 accepted, 0 rejected')])
  const unknown = await runCli(['spec', 'trace', 'wpn-333', '--build', path])
  expect([unknown.code, unknown.stdout]).toEqual([2, ''])
  expect(unknown.stderr).toContain('error [unknown_clause]')
  expect(unknown.stderr).toContain('WPN-3')
})

test('a build whose lines hide what they cite is refused, and so is a folder without a build', async () => {
  const server = await startServer(createPlayModel())
  const config = { emit: { format: 'openai_jsonl' } }
  const project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(4), config })
  expect((await runCli(['build', project.config])).code).toBe(0)
  const hidden = await runCli(['spec', 'trace', 'SP-1', '--build', `${project.home}/latest`])
  expect([hidden.code, hidden.stderr]).toEqual([2, expect.stringContaining('hidden_rows')])
  const none = await runCli(['spec', 'trace', 'SP-1', '--build', project.folder])
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('error [manifest]')])
})
