import { join } from 'node:path'
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { diffBuilds, type BuildDiff } from '../../pipeline/diff/diff-builds.ts'
import { renderDiffPage } from '../../pipeline/diff/render-page.ts'
import { renderDiffText } from '../../pipeline/diff/render-text.ts'
import { escapeHtml } from '../../pipeline/display/html.ts'
import { showUnseen } from '../../pipeline/display/visible-text.ts'
import type { Sample } from '../../pipeline/records/sample.ts'
import { runCli } from '../cli/run-cli.ts'
import { withTemporaryFolder } from '../shards/temporary-folder.ts'
import { writeHandMadeBuild, type HandMadeBuild } from './hand-made-build.ts'
import { readPage } from './read-page.ts'
import { candidateId, makeSample, rejectSample } from './row-makers.ts'

/** Ends a tag, an attribute and a style; calls out; draws on a terminal; turns the text round; forges a line of ours. */
const attack =
  '"\'`></code></style><script>alert(1)</script><img src=x onerror=alert(1)><a href="http://evil.test">&lt;\n' +
  'Why\n  \u001B[2J\u009B\u0000\u202Egnp.exe\u2066\u200F\u{E0041}\u2028 ${x} ]]> <!-- '
/** The same where a path is made of it. */
const label = '"><script>alert(2)</script>\u202E'.replaceAll('/', '')

const hostile: Partial<Sample> = {
  category: label,
  family: attack,
  language: attack,
  source: attack,
  location: attack,
  prompt: [
    { role: 'system', content: attack },
    { role: 'user', content: attack },
  ],
  reasoning: attack,
  answer: attack,
  citedClauses: [attack],
  severity: attack,
  specDigest: attack,
  certifiedSpecDigest: attack,
  templateDigest: attack,
  model: attack,
  requests: [attack],
}

const specs = { [label]: attack }
const [shown, lost] = [makeSample(1, hostile), makeSample(2, { ...hostile, id: candidateId('two') })]
const before: HandMadeBuild = {
  samples: [shown, lost],
  config: { description: attack },
  inputs: {
    specSet: { name: attack, digest: attack, specs },
    graders: { [attack]: 1 },
    templates: { [attack]: attack },
  },
}
const after: HandMadeBuild = {
  samples: [{ ...shown, mode: 'refuse_with_redirection', answer: `${attack}!` }],
  rejections: [rejectSample(lost, 'unsafe', { detail: attack, evidence: [attack] })],
}

async function withPair<T>(use: (a: string, b: string, folder: string) => Promise<T>): Promise<T> {
  return await withTemporaryFolder(async (folder) => {
    const [a, b] = [join(folder, 'a'), join(folder, '<b onclick="x">')]
    await writeHandMadeBuild(a, before)
    await writeHandMadeBuild(b, after)
    return await use(a, b, folder)
  })
}

const diffHostile = (): Promise<BuildDiff> =>
  withPair((a, b) => diffBuilds(a, b, { top: 10, onChange: () => undefined }))

/** What must never reach a reader as it is. */
const raw = /(?![\n\t])[\p{Cc}\u2028\u2029\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]|\u{E0041}/u

test('the page holds only our own tags, attributes and style, and shows the hostile text as text', async () => {
  const diff = await diffHostile()
  expect(diff.movers).toHaveLength(2)
  const page = await renderDiffPage(diff)
  expect(page).not.toMatch(raw)
  const { tags, text, styles } = readPage(page)
  expect([...new Set(tags.map(({ name }) => name))].toSorted()).toEqual(
    'body,code,details,div,h1,h2,h3,h4,head,html,meta,p,section,style,summary,table,tbody,td,th,thead,title,tr'.split(
      ',',
    ),
  )
  const attributes = new Set(tags.flatMap((tag) => Object.keys(tag.attributes)))
  const ours = new Set([
    'aria-label',
    'charset',
    'class',
    'content',
    'dir',
    'http-equiv',
    'lang',
    'name',
    'role',
    'style',
    'tabindex',
    'title',
  ])
  expect([...attributes].filter((name) => !ours.has(name))).toEqual([])
  for (const { attributes } of tags) expect(attributes['style'] ?? '--share: 0').toMatch(/^--share: [\d.]+$/)
  expect(styles).toHaveLength(1)
  expect(styles[0]).toBe(await readFile(join(import.meta.dirname, '../../pipeline/diff/page.css'), 'utf8'))
  expect(text).toContain('<script>alert(1)</script><img src=x onerror=alert(1)>')
  expect(text).toContain(String.raw`\u202egnp.exe`)
  expect(text).toContain(showUnseen(attack))
})

test('an escaped text can end neither a quoted attribute nor an element', () => {
  expect(escapeHtml(attack)).not.toMatch(/["'`<>]/)
})

test('the page forbids scripts and requests, and names no other file', async () => {
  const { tags } = readPage(await renderDiffPage(await diffHostile()))
  const policy = tags.find(({ attributes }) => attributes['http-equiv'] === 'Content-Security-Policy')
  expect(policy?.attributes['content']).toMatch(/^default-src 'none'; style-src 'unsafe-inline'(;|$)/)
  // It must stand before the first style: a policy does not reach what comes before it.
  const names = tags.map(({ name, attributes }) => attributes['http-equiv'] ?? name)
  expect(names.indexOf('Content-Security-Policy')).toBeLessThan(names.indexOf('style'))
  expect(tags.filter(({ attributes }) => 'src' in attributes || 'href' in attributes)).toEqual([])
})

test('every prompt, answer and reasoning is folded', async () => {
  const { foreign } = readPage(await renderDiffPage(await diffHostile()))
  expect(foreign.length).toBeGreaterThan(6)
  expect(foreign.filter(({ openDetails }) => openDetails === 0)).toEqual([])
})

test('the text has no control that a terminal obeys, and no line that a text from outside forged', async () => {
  const text = renderDiffText(await diffHostile())
  expect(text).not.toMatch(raw)
  expect(text.split('\n').filter((line) => line.trim() === 'Why')).toEqual(['Why'])
  expect(text).toContain(String.raw`\u001b[2J`)
})

test('the command prints JSON and rows that parse to the very texts, without a raw control', async () => {
  await withPair(async (a, b, folder) => {
    const rows = join(folder, 'rows.jsonl')
    const { code, stdout, stderr } = await runCli(['diff', a, b, '--json', '--rows', rows])
    expect([code, stderr]).toEqual([0, ''])
    const side = z.looseObject({ status: z.string(), answer: z.string().optional() })
    const mover = z.looseObject({ prompt: z.array(z.looseObject({ content: z.string() })), a: side })
    const { movers } = z.looseObject({ movers: z.array(mover) }).parse(JSON.parse(stdout))
    const lines = (await readFile(rows, 'utf8')).trimEnd().split('\n')
    expect(lines).toHaveLength(2)
    for (const one of [...movers, ...lines.map((line) => mover.parse(JSON.parse(line)))]) {
      expect([one.a.answer, one.prompt[1]?.content]).toEqual([attack, attack])
    }
    expect(stdout).not.toMatch(raw)
    expect(lines.join('\n')).not.toMatch(raw)
  })
})

test('the command writes the page whole, exits 0, and refuses what is no build with 2', async () => {
  await withPair(async (a, b, folder) => {
    const page = join(folder, 'page.html')
    const done = await runCli(['diff', a, b, '--html', page, '--top', '1'])
    expect([done.code, done.stderr]).toEqual([0, ''])
    expect(done.stdout).toContain('What became of the 2 prompts')
    expect(await readFile(page, 'utf8')).toMatch(/<\/html>\n$/)
    const refused = await runCli(['diff', a, folder])
    expect([refused.code, refused.stdout]).toEqual([2, ''])
    expect(refused.stderr).toContain('error [manifest]')
    expect((await runCli(['diff', a, b, '--top', '-1'])).code).toBe(2)
  })
})
