import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { showUnseen } from '../../pipeline/display/visible-text.ts'
import { renderReport } from '../../pipeline/report/render-report.ts'
import { readPage } from '../diff/read-page.ts'
import { attack, makeHostileReport } from './hostile-report.ts'
import { readCharts } from './read-charts.ts'

/** What must never reach a reader as it is. */
const raw = /(?![\n\t])[\p{Cc}\u2028\u2029\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]|\u{E0041}/u

test('the page holds only our own tags, attributes and style, and shows hostile names as text', async () => {
  const page = await renderReport(makeHostileReport())
  expect(page).not.toMatch(raw)
  const { tags, text, styles } = readPage(page)
  const elements = new Set(tags.map(({ name }) => name))
  for (const name of ['script', 'img', 'image', 'use', 'link', 'iframe', 'object', 'form']) {
    expect([name, elements.has(name)]).toEqual([name, false])
  }
  const attributes = new Set(tags.flatMap((tag) => Object.keys(tag.attributes)))
  expect([...attributes].filter((name) => name.startsWith('on') || ['src', 'action', 'srcdoc'].includes(name))).toEqual(
    [],
  )
  for (const { attributes } of tags) expect(attributes['href'] ?? '#x').toMatch(/^#[a-z-]+$/)
  for (const { attributes } of tags)
    expect(attributes['style'] ?? '--colour: var(--x)').toMatch(/^--colour: var\(--[a-z]+\)$/)
  expect(styles).toEqual([await readFile(join(import.meta.dirname, '../../pipeline/report/report.css'), 'utf8')])
  expect(text).toContain('<script>alert(1)</script><img src=x onerror=alert(1)>')
  expect(text).toContain(showUnseen(attack))
})

test('at an axis a long name is cut to one line, and two that begin alike keep their own bars', async () => {
  const { labels, rows } = readCharts(await renderReport(makeHostileReport())).get('mode-category') ?? {
    labels: [],
    rows: [],
  }
  const names = labels.filter((label) => label.includes('</tex'))
  expect(names).toHaveLength(2)
  expect(new Set(names).size).toBe(2)
  for (const name of names) expect(name.length).toBeLessThan(32)
  expect(rows.map(([name]) => name)).toHaveLength(2)
})
