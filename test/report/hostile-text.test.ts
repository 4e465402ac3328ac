import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { showUnseen } from '../../pipeline/display/visible-text.ts'
import { renderReport } from '../../pipeline/report/render-report.ts'
import { readPage } from '../diff/read-page.ts'
import { candidateId, makeSample, rejectSample } from '../diff/row-makers.ts'
import { makeReport, makeSpend } from './make-report.ts'
import { readCharts } from './read-charts.ts'

/** Ends a tag, an attribute and a style; calls out; is code to Vega; turns the text round; forges a line of ours. */
const attack =
  '"\'`></text></svg></style><script>alert(1)</script><img src=x onerror=alert(1)><a href="http://evil.test">&lt;\n' +
  "\u001B[2J\u0000\u202Egnp.exe\u2066\u200F\u{E0041}\u2028 ${x} datum['x'];process.exit() ]]> <!-- "
/** What must never reach a reader as it is. */
const raw = /(?![\n\t])[\p{Cc}\u2028\u2029\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]|\u{E0041}/u

const hostile = {
  category: attack,
  severity: attack,
  language: attack,
  source: attack,
  answer: attack,
  reasoning: attack,
}

function drawHostile(): Promise<string> {
  return renderReport({
    ...makeReport({
      samples: [makeSample(1, hostile)],
      rejections: [
        rejectSample(makeSample(2, { ...hostile, safety: 0, id: candidateId('two') }), 'unsafe', {
          failedGraders: [attack],
        }),
      ],
      settings: {
        description: attack,
        specSet: attack,
        categories: [attack, `${attack}!`],
        rules: [attack],
        panel: [{ grader: `judge ${attack}`, votes: 1 }],
        thresholds: [{ score: 'safety', value: 0.5, kind: 'threshold', key: attack }],
      },
      run: {
        failedGates: [attack],
        steps: { [attack]: makeSpend(3) },
        models: { [attack]: makeSpend(3) },
      },
      trust: [
        {
          grader: attack,
          calibration: {
            measuredAt: attack,
            labels: attack,
            graded: 1,
            kappa: { value: 0.5, low: 0, high: 1 },
            hasChanged: true,
          },
        },
      ],
    }),
    name: attack,
  })
}

test('the page holds only our own tags, attributes and style, and shows hostile names as text', async () => {
  const page = await drawHostile()
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
  const { labels, rows } = readCharts(await drawHostile()).get('mode-category') ?? { labels: [], rows: [] }
  const names = labels.filter((label) => label.includes('</tex'))
  expect(names).toHaveLength(2)
  expect(new Set(names).size).toBe(2)
  for (const name of names) expect(name.length).toBeLessThan(32)
  expect(rows.map(([name]) => name)).toHaveLength(2)
})
