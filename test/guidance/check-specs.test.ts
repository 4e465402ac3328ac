import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkSpecs } from '../../pipeline/guidance/check-specs.ts'
import { parseSpecFolder } from '../../pipeline/guidance/load-guidance.ts'
import { parseSpec, unusedGroupMark } from '../../pipeline/guidance/parse-spec.ts'
import { lineOf, lint, soundSet } from './spec-parts.ts'

const locks = soundSet['locks.md']

test('a sound set has no problems', () => {
  expect(lint()).toEqual([])
})

const shipped = join(import.meta.dirname, '../../specs')

test.each([
  ['safe-completion', 'full'],
  ['hard-refusal', 'short'],
] as const)('the shipped set %s has no problems under the size rule "%s"', async (set, size) => {
  expect(checkSpecs(await parseSpecFolder(join(shipped, set)), size)).toEqual([])
})

test('both shipped sets have the same categories', async () => {
  const names = await Promise.all(['safe-completion', 'hard-refusal'].map((set) => readdir(join(shipped, set))))
  expect(names[0]?.toSorted()).toEqual(names[1]?.toSorted())
})

describe('the linter finds, with file and line,', () => {
  test.each<[string, string, (text: string) => string, string]>([
    [
      'a missing section',
      'locks.md',
      (text) => text.replace('## Severity\n', ''),
      'locks.md:1 expected a section "## Severity", got none',
    ],
    [
      'a missing section of the shared principles',
      '_shared.md',
      (text) => text.replace('## Helpfulness\n', ''),
      '_shared.md:1 expected a section "## Helpfulness", got none',
    ],
    [
      'a section that stands twice',
      'locks.md',
      (text) => text.replace('## Redirection', '## Style\n- **x** y\n\n## Redirection'),
      `locks.md:${lineOf(locks, '## Redirection')} section "Style" stands twice`,
    ],
    [
      'a clause id that stands twice in a file',
      'locks.md',
      (text) => text.replace('**LCK-2**', '**LCK-1**'),
      `locks.md:${lineOf(locks, '- **LCK-2**')} clause id LCK-1 stands twice (locks.md:${lineOf(locks, '- **LCK-1**')})`,
    ],
    [
      'a clause id of another file',
      'locks.md',
      (text) => text.replace('**LCK-3**', '**GEN-3**'),
      `locks.md:${lineOf(locks, '- **LCK-3**')} expected ids with prefix LCK, got GEN-3`,
    ],
    [
      'a retired id in use',
      'locks.md',
      (text) => text.replace('version: 1', 'version: 1\nretired: [LCK-2]'),
      `locks.md:${lineOf(locks, '- **LCK-2**') + 1} clause id LCK-2 is retired`,
    ],
    [
      'a prefix of two specs',
      'locks.md',
      (text) => text.replace('prefix: LCK', 'prefix: GEN'),
      'locks.md:2 prefix GEN is used by general.md too',
    ],
    [
      'a missing summary',
      'locks.md',
      (text) => text.replace(/^summary:.*\n/m, ''),
      'locks.md:2 expected a summary, got none',
    ],
    [
      'a group without a clause',
      'locks.md',
      (text) => text.replace(/^- \*\*LCK-2\*\*.*\n/m, ''),
      `locks.md:${lineOf(locks, '## Restricted')} group Restricted has no clause`,
    ],
    [
      'a policy that is too long',
      'locks.md',
      (text) => text + 'word '.repeat(1500),
      'locks.md:1 expected 600 to 1500 words',
    ],
    ['a policy that is too short', 'locks.md', (text) => text.slice(0, 900), 'locks.md:1 expected 600 to 1500 words'],
  ])('%s', (_, file, edit, expected) => {
    expect(lint(file, edit)).toEqual(expect.arrayContaining([expect.stringContaining(expected)]))
  })

  test('a reference to a clause that no spec has, in the file that makes it', () => {
    const found = lint('locks.md', (text) => text.replace('The outline only.', 'The outline only, unlike GEN-77.'))
    expect(found.length).toBe(1)
    expect(found[0]).toMatch(/^locks\.md:\d+ reference to GEN-77, which no spec of the set has$/)
  })
})

describe('the linter lets pass', () => {
  test('a group that is marked as unused', () => {
    const found = lint('locks.md', (text) => text.replace(/^- \*\*LCK-2\*\*.*$/m, unusedGroupMark))
    expect(found).toEqual([])
  })

  test('a reference to a clause of another spec of the set, and what only looks like a clause', () => {
    const edit = (text: string): string =>
      text.replace('The outline only.', 'Unlike GEN-1 and SP-2; see also ISO-9001.')
    expect(lint('locks.md', edit)).toEqual([])
  })
})

describe('a spec file', () => {
  test('keeps each clause with its id, group, line and whole text', () => {
    const { spec } = parseSpec(locks ?? '', 'locks.md')
    expect(spec.clauses).toEqual([
      { id: 'LCK-1', group: 'allowed', text: 'Ordinary requests, also odd ones.', line: lineOf(locks, '- **LCK-1**') },
      { id: 'LCK-2', group: 'restricted', text: 'The outline only.', line: lineOf(locks, '- **LCK-2**') },
      { id: 'LCK-3', group: 'disallowed', text: 'Step-by-step harm.', line: lineOf(locks, '- **LCK-3**') },
    ])
  })

  test('is read the same with Windows line ends and a byte-order mark', () => {
    const windows = `\uFEFF${(locks ?? '').replaceAll('\n', '\r\n')}`
    expect(parseSpec(windows, 'locks.md')).toEqual(parseSpec(locks ?? '', 'locks.md'))
  })

  test.each([
    ['no front matter', () => '# Locks\n', 'locks.md:1', 'front matter'],
    ['front matter without an end', (text: string) => text.replace('\n---\n', '\n'), 'locks.md:1', 'front matter'],
    ['YAML that does not parse', (text: string) => text.replace('title: Locks', 'title: [Locks'), 'locks.md:4', 'YAML'],
    ['an unknown attribute', (text: string) => text.replace('title:', 'tilte:'), 'locks.md:2', 'title'],
    ['a prefix in small letters', (text: string) => text.replace('prefix: LCK', 'prefix: lck'), 'locks.md:2', 'prefix'],
  ])('with %s is an error with file and line', (_, edit, where, message) => {
    expect(() => parseSpec(edit(locks ?? ''), 'locks.md')).toThrow(
      expect.objectContaining({ code: 'front_matter', where, message: expect.stringContaining(message) }),
    )
  })
})
