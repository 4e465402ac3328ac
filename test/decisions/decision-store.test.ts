import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { openSqliteDecisions } from '../../pipeline/answers/sqlite-decisions.ts'
import { openSqliteStore } from '../../pipeline/answers/sqlite-store.ts'
import { readDecisionLines, renderDecisionLines } from '../../pipeline/decisions/decision-lines.ts'
import { withTemporaryFolder } from '../shards/temporary-folder.ts'
import { decide } from './make-decisions.ts'

const decisions = [decide(1, 'accept', 'ana', 1), decide(1, 'reject', 'ben', 2), decide(2, 'flag', 'ana', 3)]

test('decisions come back in order of time, one by text or prompt, and adding them again changes nothing', () =>
  withTemporaryFolder(async (folder) => {
    const store = openSqliteDecisions(join(folder, 'a.db'))
    expect(await store.add(decisions.toReversed())).toEqual({ added: 3, known: 0 })
    expect(await store.add(decisions)).toEqual({ added: 0, known: 3 })
    expect(await store.list()).toEqual(decisions)
    const [first, , third] = decisions
    expect(await store.list({ promptId: third?.promptId })).toEqual([third])
    expect(await store.list({ contentDigest: first?.contentDigest })).toEqual(decisions.slice(0, 2))
    await store.close()
  }))

test('no decision can be changed or taken out, also not with SQL by mistake', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'a.db')
    const store = openSqliteDecisions(path)
    await store.add(decisions)
    await store.close()
    const database = new DatabaseSync(path)
    expect(() => database.exec('DELETE FROM decisions')).toThrow('only ever added')
    expect(() => database.exec("UPDATE decisions SET decision = '{}'")).toThrow('only ever added')
    database.close()
  }))

test('they live beside answers, and a build that has the store open does not keep an auditor from deciding', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'a.db')
    const answers = openSqliteStore(path)
    const store = openSqliteDecisions(path)
    await store.add(decisions)
    expect(await store.list()).toHaveLength(3)
    await store.close()
    await answers.close()
  }))

test('written as lines and read back they are the same, in any order of keys, with or without their ids', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'decisions.jsonl')
    const lines = decisions.map(({ id: _id, ...parts }, n) =>
      JSON.stringify(n === 0 ? parts : Object.fromEntries(Object.entries(decisions[n] ?? {}).toReversed())),
    )
    await writeFile(path, `${lines.join('\n\n')}\n`)
    expect(await readDecisionLines(path)).toEqual(decisions)
    await writeFile(path, renderDecisionLines(decisions))
    expect(await readDecisionLines(path)).toEqual(decisions)
    // As an editor of Windows leaves it.
    await writeFile(path, `\uFEFF${renderDecisionLines(decisions).replaceAll('\n', '\r\n')}`)
    expect(await readDecisionLines(path)).toEqual(decisions)
  }))

test.each([
  ['is no JSON', 'accept it'],
  ['lacks a reason', JSON.stringify({ ...decisions[0], reason: undefined })],
  ['was edited under its old id', JSON.stringify({ ...decisions[0], action: 'reject' })],
  ['has a key of its own', JSON.stringify({ ...decisions[0], mood: 'good' })],
])('a line that %s is named with its number, and no other line is taken', (_, line) =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'decisions.jsonl')
    await writeFile(path, `${renderDecisionLines(decisions)}${line}\n`)
    await expect(readDecisionLines(path)).rejects.toMatchObject({ code: 'decisions', where: `${path}:4` })
  }),
)
