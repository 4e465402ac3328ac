import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createCoverageCounter, type Coverage } from '../../pipeline/coverage/coverage.ts'
import { findThinCells } from '../../pipeline/coverage/find-thin-cells.ts'
import { createFolder, createProject, runProject, startServer } from '../build/build-project.ts'
import { runCli } from '../cli/run-cli.ts'
import { createPlayModel } from '../support/play-model.ts'

const german = 'Wie kann ich meinen Nachbarn am besten erklären, dass sie nachts bitte leiser sein sollen?'
const english = 'What is the best way to tell my neighbours that they should please be quieter at night?'

/** Counted by hand: 8 prompts. */
const rows = [
  { prompt: `1 ${english}`, category: 'fraud', intent: 'benign', language: 'en' },
  { prompt: `2 ${english} And their guests?`, category: 'fraud', intent: 'benign', language: 'en' },
  { prompt: `3 ${english}`, category: 'fraud', intent: 'malicious', language: 'en' },
  { prompt: german, category: 'fraud', intent: 'dual_use' },
  { prompt: `${english} Truly?`, category: 'hate', intent: 'benign' },
  { prompt: 'Hm?', category: 'hate', intent: 'malicious' },
  { prompt: 'Und nun, was soll ich tun, wenn das alles nichts hilft?', language: 'de' },
]

function turnsOf(count: number): { role: 'user' | 'assistant'; content: string }[] {
  return Array.from({ length: count * 2 - 1 }, (_, n) => ({
    role: n % 2 === 0 ? 'user' : 'assistant',
    content: `turn ${n}`,
  }))
}

function count(): Coverage {
  const counter = createCoverageCounter()
  for (const { prompt, category = null, intent = null, language = null } of rows) {
    counter.add({ messages: [{ role: 'user', content: prompt }], category, intent, language })
  }
  for (const turns of [2, 3, 4]) {
    counter.add({ messages: turnsOf(turns), category: 'hate', intent: 'dual_use', language: 'en' })
  }
  return counter.read(['fraud', 'hate', 'privacy'])
}

describe('a small set that was counted by hand', () => {
  test('has these kinds', () => {
    const { prompts, cells, language, expected } = count()
    expect(prompts).toBe(10)
    expect(cells.map((cell) => [cell.category, cell.intent, cell.language, cell.turns, cell.count])).toEqual([
      ['fraud', 'benign', 'en', '1', 2],
      ['fraud', 'dual_use', 'de', '1', 1],
      ['fraud', 'malicious', 'en', '1', 1],
      ['hate', 'benign', 'en', '1', 1],
      ['hate', 'dual_use', 'en', '2', 1],
      ['hate', 'dual_use', 'en', '3+', 2],
      ['hate', 'malicious', 'unknown', '1', 1],
      ['unlabelled', 'unlabelled', 'de', '1', 1],
    ])
    expect(language).toEqual({ detected: 2, unknown: 1 })
    expect(expected).toMatchObject({ language: ['de', 'en'], turns: ['1', '2', '3+'] })
  })

  test('is thin where fewer stand than the floor, in kinds of the dimensions that were asked for', () => {
    const { cells, thin } = findThinCells(count(), ['category', 'intent'], 2)
    expect(cells).toBe(9)
    expect(thin).toEqual([
      { category: 'privacy', intent: 'benign', count: 0, missing: 2 },
      { category: 'privacy', intent: 'dual_use', count: 0, missing: 2 },
      { category: 'privacy', intent: 'malicious', count: 0, missing: 2 },
      { category: 'fraud', intent: 'dual_use', count: 1, missing: 1 },
      { category: 'fraud', intent: 'malicious', count: 1, missing: 1 },
      { category: 'hate', intent: 'benign', count: 1, missing: 1 },
      { category: 'hate', intent: 'malicious', count: 1, missing: 1 },
    ])
    expect(findThinCells(count(), ['category', 'intent', 'language', 'turns'], 1).cells).toBe(3 * 3 * 2 * 3)
  })

  test('would be filled by as many families as the emptiest intent of a category lacks', () => {
    const { remedies } = findThinCells(count(), ['category', 'intent', 'language'], 2)
    expect(remedies).toEqual([
      { category: 'fraud', families: 2, languages: ['de', 'en'] },
      { category: 'hate', families: 2, languages: ['de', 'en'] },
      { category: 'privacy', families: 2, languages: ['de', 'en'] },
    ])
    expect(findThinCells(count(), ['category', 'intent'], 2).remedies).toEqual([])
  })
})

async function writeRows(lines: readonly Record<string, unknown>[]): Promise<string> {
  const file = join(await createFolder(), 'prompts.jsonl')
  await writeFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  return file
}

describe('the command', () => {
  test('counts a file by the usual names of its fields, and leaves out what a build would', async () => {
    const file = await writeRows([
      ...rows,
      { prompt: `1 ${english}`, category: 'fraud', intent: 'benign', language: 'en' },
    ])
    const { stdout, code } = await runCli(['prompts', 'coverage', file, '--min', '2', '--by', 'category,intent'])
    expect(code).toBe(0)
    // Two of the sentences differ too little for the screen.
    expect(stdout).toContain('5 prompts; left out: exact_duplicate 1, near_duplicate 2')
    expect(stdout).toMatch(/^fraud +de +1 +0 +1 +0 +0 +1$/m)
    expect(stdout).toContain('fraud · dual_use: 1, add 1')
    expect(stdout).toContain('language told by the text for 1 prompts, and not for 1')
  })

  test('counts the accepted rows of a build, over the categories of its spec set', async () => {
    const server = await startServer(createPlayModel())
    const project = await createProject({ baseUrl: server.baseUrl })
    const { result } = await runProject(project)
    if (result.status !== 'published') throw new Error('expected a published build')
    const { stdout } = await runCli(['prompts', 'coverage', '--build', result.path, '--json'])
    const { intents, categories, accepted } = result.counts
    const shown: unknown = JSON.parse(stdout)
    expect(shown).toMatchObject({ coverage: { prompts: accepted }, thinness: { cells: expect.any(Number) } })
    const { stdout: table } = await runCli(['prompts', 'coverage', '--build', result.path])
    const totals = ['benign', 'dual_use', 'malicious'].map((intent) => intents[intent] ?? 0)
    expect(table).toMatch(new RegExp(`^all +${totals.join(' +')} +${accepted}$`, 'm'))
    for (const category of Object.keys(categories)) expect(table).toMatch(new RegExp(`^${category} `, 'm'))
    expect(table).toContain('bio-chem · benign')
  })

  test('shows hostile labels as text', async () => {
    const hostile = 'x\u001b[2J\nall  9 9 9\u202e'
    const file = await writeRows([{ prompt: german, category: hostile, intent: 'benign', language: 'de' }])
    const { stdout } = await runCli(['prompts', 'coverage', file])
    expect(stdout).not.toContain('\u001b')
    expect(stdout).not.toContain('\u202e')
    expect(stdout).not.toMatch(/^all {2}9/m)
  })

  test.each([
    [[], 'got neither'],
    [['a.yaml', '--build', 'b'], 'got both'],
    [['a.jsonl', '--by', 'colour'], 'got "colour"'],
    [['a.jsonl', '--min', '0'], 'expected a whole number of at least 1 for --min'],
    [['a.jsonl'], 'expected at least one file'],
  ])('%j is refused with code 2', async (args, message) => {
    const { code, stderr } = await runCli(['prompts', 'coverage', ...args])
    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })
})
