import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadSpecSet } from '../../pipeline/guidance/load-guidance.ts'
import { parseSpec } from '../../pipeline/guidance/parse-spec.ts'
import { createSpecSet } from '../../pipeline/guidance/spec-set.ts'
import { soundSet, specsFolder } from './spec-parts.ts'

const tiny = await loadSpecSet(specsFolder, 'tiny')

function editSet(edits: Readonly<Record<string, (text: string) => string>>) {
  const texts = Object.entries(soundSet).map(([name, text]) => [name, edits[name]?.(text) ?? text] as const)
  return createSpecSet(
    'edited',
    texts.filter(([, text]) => text !== 'drop').map(([name, text]) => parseSpec(text, name).spec),
  )
}

describe('spec(category)', () => {
  const { text, clauseIds, prefixes, modes } = tiny.forCategory('locks')
  const general = tiny.specs.get('general')

  test('holds the shared principles and its own policy in full', () => {
    expect(text).toContain(tiny.shared.body)
    expect(text).toContain(tiny.specs.get('locks')?.body)
    expect(text.indexOf(tiny.shared.body)).toBeLessThan(text.indexOf('# Category: Locks (locks)'))
  })

  test('holds one line for each other category, and none for its own', () => {
    expect(text).toContain(`- general (General): ${general?.summary}`)
    expect(text).not.toContain('- locks (Locks):')
    for (const clause of general?.clauses ?? []) expect(text).not.toContain(clause.id)
  })

  test('lets a reasoning cite the shared clauses and its own, while all prefixes of the set are known', () => {
    expect([...clauseIds]).toEqual(['SP-1', 'SP-2', 'SP-3', 'SP-4', 'SP-5', 'LCK-1', 'LCK-2', 'LCK-3'])
    expect([...prefixes].toSorted()).toEqual(['GEN', 'LCK', 'SP'])
  })

  test('has the modes that the set uses, in the order of the paper', () => {
    expect(modes).toEqual(['direct_answer', 'safe_completion', 'refuse_with_redirection'])
    const withoutMiddle = editSet({
      'general.md': (text) => text.replace(/^- \*\*GEN-2.*\n/m, ''),
      'locks.md': (text) => text.replace(/^- \*\*LCK-2.*\n/m, ''),
    })
    expect(withoutMiddle.forCategory('locks').modes).toEqual(['direct_answer', 'refuse_with_redirection'])
  })

  test('of an unknown category is an error that names the set', () => {
    expect(() => tiny.forCategory('nothing')).toThrow(
      expect.objectContaining({ code: 'spec_set', message: expect.stringContaining('tiny') }),
    )
  })
})

describe('an edit', () => {
  const before = editSet({})

  test("of one policy's body changes the text of that category alone", () => {
    const after = editSet({ 'locks.md': (text) => text.replace('The outline only.', 'Nothing.') })
    expect(after.forCategory('general').digest).toBe(before.forCategory('general').digest)
    expect(after.forCategory('locks').digest).not.toBe(before.forCategory('locks').digest)
    expect(after.digest).not.toBe(before.digest)
  })

  test('of a summary changes the text of every other category', () => {
    const after = editSet({ 'locks.md': (text) => text.replace('summary: Doors', 'summary: Gates') })
    expect(after.forCategory('general').digest).not.toBe(before.forCategory('general').digest)
  })

  test('of the shared principles changes the text of every category', () => {
    const after = editSet({ '_shared.md': (text) => text.replace('one mode', 'exactly one mode') })
    for (const category of ['general', 'locks']) {
      expect(after.forCategory(category).digest).not.toBe(before.forCategory(category).digest)
    }
  })

  test('of a version alone changes nothing that a model is shown', () => {
    const after = editSet({ 'locks.md': (text) => text.replace('version: 1', 'version: 2') })
    expect(after.digest).toBe(before.digest)
  })
})

test.each([
  ['shared principles', { '_shared.md': () => 'drop' }],
  ['a general category', { 'general.md': () => 'drop' }],
  ['one spec a category', { 'locks.md': (text: string) => text.replace('id: locks', 'id: general') }],
])('a set without %s is refused', (_, edits) => {
  expect(() => editSet(edits)).toThrow(expect.objectContaining({ code: 'spec_set' }))
})

test('a folder without specs is refused, with its path', async () => {
  await expect(loadSpecSet(specsFolder, 'none')).rejects.toMatchObject({
    code: 'spec_set',
    where: join(specsFolder, 'none'),
  })
})
