import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { renderReport } from '../../pipeline/report/render-report.ts'
import type { Report } from '../../pipeline/report/report-data.ts'
import { findBarriers } from '../audit/find-barriers.ts'
import { findFaintText } from '../audit/find-faint-text.ts'
import { openPage } from '../audit/open-browser.ts'
import { createFolder } from '../build/build-project.ts'
import { makeHostileReport } from './hostile-report.ts'
import { makeReport } from './make-report.ts'
import { previous, rich } from './rich-report.ts'

/** Runs in the page: texts of drawings that stick out of their drawing or run into another, and how wide the page is. */
const findTrouble = `(() => {
  const trouble = document.documentElement.scrollWidth > document.documentElement.clientWidth ? ['the page is too wide'] : []
  for (const svg of document.querySelectorAll('svg')) {
    const where = svg.closest('figure').id
    const frame = svg.getBoundingClientRect()
    const texts = [...svg.querySelectorAll('text')]
      .filter((text) => text.textContent.trim() !== '')
      .map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() }))
    for (const [n, { text, box }] of texts.entries()) {
      if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1)
        trouble.push(where + ' cuts ' + text)
      for (const other of texts.slice(n + 1)) {
        const isBeside = box.right - 1 <= other.box.left || other.box.right <= box.left + 1
        const isAbove = box.bottom - 2 <= other.box.top || other.box.bottom <= box.top + 2
        if (!isBeside && !isAbove) trouble.push(where + ' puts ' + text + ' over ' + other.text)
      }
    }
  }
  return trouble
})()`

/** Runs in the page: what colour the texts of drawings have. */
const readInk = `getComputedStyle(document.querySelector('#funnel svg text')).fill`

async function writePage(report: Report): Promise<string> {
  const path = join(await createFolder(), 'report.html')
  await writeFile(path, await renderReport(report))
  return pathToFileURL(path).href
}

const list = z.array(z.string())
const screens = [
  ['on a desk, light', { width: 1280, dark: false }],
  ['on a desk, dark', { width: 1280, dark: true }],
  ['on a phone, light', { width: 390, dark: false }],
  ['on a phone, dark', { width: 390, dark: true }],
] as const

describe.each<[string, () => Report]>([
  ['with everything in it', () => makeReport({ ...rich, previous })],
  ['without a candidate', () => makeReport({})],
  ['full of hostile names', makeHostileReport],
])('a report %s', (_, make) => {
  for (const [name, screen] of screens) {
    test(`${name}: no text is cut, covered or faint, no barrier is found, and nothing is asked for or refused`, async (context) => {
      const { page, requests, troubles } = await openPage(context, screen)
      const url = await writePage(make())
      await page.goto(url)
      expect(list.parse(await page.evaluate(findTrouble))).toEqual([])
      expect(list.parse(await page.evaluate(findFaintText))).toEqual([])
      expect(await findBarriers(page)).toEqual([])
      expect([requests, troubles]).toEqual([[url], []])
    })
  }
})

test('drawings take the colours of the scheme', async (context) => {
  const url = await writePage(makeReport(rich))
  const inks: string[] = []
  for (const dark of [false, true]) {
    const { page } = await openPage(context, { dark })
    await page.goto(url)
    inks.push(z.string().parse(await page.evaluate(readInk)))
  }
  expect(inks).toEqual(['rgb(29, 35, 41)', 'rgb(230, 234, 238)'])
})

test('on paper the page is light, and the numbers are printed with the charts', async (context) => {
  const { page } = await openPage(context, { dark: true })
  await page.goto(await writePage(makeReport(rich)))
  await page.emulateMedia({ media: 'print' })
  expect(await page.evaluate(readInk)).toBe('rgb(29, 35, 41)')
  const folded = page.locator('#reasons table')
  expect((await folded.boundingBox())?.height ?? 0).toBeGreaterThan(20)
})
