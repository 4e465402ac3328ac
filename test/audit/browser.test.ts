import type { Locator } from 'playwright-core'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { digestRequest } from '../../pipeline/answers/request-digest.ts'
import type { ModelRequest } from '../../pipeline/records/request.ts'
import { promptId } from '../diff/row-makers.ts'
import { makeAuditSample, makeSibling, makeWord } from './audit-rows.ts'
import { findBarriers } from './find-barriers.ts'
import { findFaintText } from './find-faint-text.ts'
import { openPage, type Screen } from './open-browser.ts'
import { serveBuild, type ServedBuild, type ServeOptions } from './serve-build.ts'

/* The page in a real Chromium, with the keyboard alone. */

const request: ModelRequest = {
  endpoint: 'http://model.test/v1',
  model: 'writer',
  messages: [{ role: 'user', content: 'The request as it was sent' }],
  parameters: {},
  schema: null,
  structuredOutput: 'json_schema',
  repeat: 0,
}
const stored = {
  digest: digestRequest(request),
  request,
  answer: {
    finish: 'complete',
    text: 'A reply',
    reasoning: '',
    refusal: '',
    usage: null,
    servedModel: '',
    responseId: '',
  },
  step: 'generate',
  category: 'cyber',
  createdAt: '2026-01-01T00:00:00.000Z',
  latencyMs: 1,
} as const

const samples = Array.from({ length: 5 }, (_, n) =>
  makeAuditSample(n, {
    category: n === 4 ? 'fraud' : 'cyber',
    intent: n === 2 ? 'malicious' : 'benign',
    requests: [stored.digest],
    answer: n === 3 ? 'Somewhere a needle' : `Answer ${n}`,
    decisions: [],
  }),
)
const said = [
  {
    status: 'graded',
    grader: 'safety',
    version: 1,
    kind: 'judge',
    outcome: 'scored',
    scores: {},
    labels: {},
    votes: [0],
    clauses: [],
    rationale: 'A rationale that quotes the answer',
    evidence: [],
    requests: [],
  },
] as const
const rejections = samples
  .slice(0, 4)
  .map((_, n) =>
    n === 2
      ? makeSibling(n, 'unsafe', { verdicts: said }, { stage: 'grade', detail: 'safety 0 is below 0.5: it quotes' })
      : makeSibling(n, 'outranked'),
  )
const serve = (options: ServeOptions = {}): Promise<ServedBuild> =>
  serveBuild({ samples, rejections }, { answers: [stored], ...options })

/** Runs in the page: what has the focus; unseen where it has no outline or no size, or its middle is of something else. */
const describeFocus = `(() => {
  const at = document.activeElement
  if (at === document.body) return 'the page'
  at.scrollIntoView({ block: 'center' })
  const { left, top, width, height } = at.getBoundingClientRect()
  const isOnTop = at.contains(document.elementFromPoint(left + width / 2, top + height / 2))
  const isSeen = isOnTop && Math.min(width, height) > 10 && getComputedStyle(at).outlineStyle === 'solid'
  return (isSeen ? '' : 'unseen ') + at.localName + ' ' + at.textContent.trim()
})()`

const isFocused = async (link: Locator): Promise<boolean> =>
  (await link.and(link.page().locator(':focus')).count()) === 1

const itemOf = (n: number, at: number): string => `/item/${promptId(n)}?order=build&at=${at}`

test('with the keyboard alone from the printed address to a saved decision', async (context) => {
  const { page, requests, troubles } = await openPage(context)
  const served = await serve()
  await page.goto(served.url)
  expect(page.url()).toBe(`${served.origin}/`)
  const start = page.getByRole('link', { name: '100 accepted at random' })
  for (let n = 0; n < 20 && !(await isFocused(start)); n += 1) {
    await page.keyboard.press('Tab')
  }
  await page.keyboard.press('Enter')
  await page.waitForURL(/code=accepted/)
  await page.goto(`${served.origin}${itemOf(0, 0)}`)
  await page.keyboard.press('j')
  await page.waitForURL(`**${itemOf(1, 1)}`)
  await page.keyboard.press('ArrowLeft')
  await page.waitForURL(`**${itemOf(0, 0)}`)
  await page.keyboard.press('k')
  await page.getByText('This is the first one.').waitFor()
  const candidates = page.locator('[data-candidate]')
  expect(await candidates.nth(0).getAttribute('aria-current')).toBe('true')
  await page.keyboard.press('2')
  expect(await candidates.nth(1).getAttribute('aria-current')).toBe('true')
  await page.keyboard.press('h')
  await page.keyboard.press('l')
  await page.keyboard.press('o')
  expect(await candidates.nth(1).locator('.reasoning').getAttribute('open')).toBe('')
  await page.keyboard.press('o')
  expect(await candidates.nth(1).locator('.reasoning').getAttribute('open')).toBeNull()
  await page.keyboard.press('a')
  await page.keyboard.type('The judge jkq misread it.')
  await page.keyboard.press('Escape')
  expect(await candidates.nth(1).locator('.decide').getAttribute('open')).toBeNull()
  await page.keyboard.press('r')
  await page.keyboard.press('Enter')
  await page.waitForURL(/at=1&saved=/)
  await page.getByText(/^Saved: you rejected/).waitFor()
  const [decision, ...more] = await served.decisions()
  expect(more).toEqual([])
  expect(decision).toMatchObject({ action: 'reject', by: 'anna', reason: 'The judge jkq misread it.' })
  expect(decision?.contentDigest).toBe(rejections[0]?.contentDigest)
  await page.goBack()
  await page.getByText('you rejected').waitFor()
  await page.keyboard.press('w')
  await page.getByText('You have said nothing about this text that could be withdrawn.').waitFor()
  await page.keyboard.press('2')
  await page.keyboard.press('w')
  await page.keyboard.type('No.')
  await page.keyboard.press('Control+Enter')
  await page.getByText('you withdrew', { exact: true }).waitFor()
  expect((await served.decisions()).map(({ action }) => action)).toEqual(['reject', 'withdraw'])
  expect(requests.filter((address) => new URL(address).origin !== served.origin)).toEqual([])
  expect(troubles).toEqual([])
})

test('Enter without a reason saves nothing, Shift+Enter is a new line', async (context) => {
  const { page, troubles } = await openPage(context)
  const served = await serve()
  await page.goto(served.url)
  await page.goto(`${served.origin}${itemOf(1, 1)}`)
  await page.keyboard.press('2')
  await page.keyboard.press('f')
  await page.keyboard.press('Enter')
  expect(await served.decisions()).toEqual([])
  await page.keyboard.type('One')
  await page.keyboard.press('Shift+Enter')
  await page.keyboard.type('Two')
  await page.keyboard.press('Enter')
  await page.getByText(/^Saved: you flagged/).waitFor()
  // One stays with the candidate that one spoke about.
  expect(await page.locator('[data-candidate]').nth(1).getAttribute('aria-current')).toBe('true')
  expect((await served.decisions()).map(({ action, reason }) => [action, reason])).toEqual([['flag', 'One\nTwo']])
  expect(troubles).toEqual([])
})

test('covered texts are in no accessible tree and out of reach of Tab until they are asked for', async (context) => {
  const { page, troubles } = await openPage(context)
  const served = await serve()
  await page.goto(served.url)
  await page.goto(`${served.origin}${itemOf(2, 2)}`)
  const readAloud = async (): Promise<string> => await page.locator('body').ariaSnapshot()
  expect(await readAloud()).not.toMatch(/Question 2|Answer 2|Other answer|quotes/)
  for (const button of ['the prompt', 'the rationale of safety', 'why candidate 2 was rejected']) {
    expect(await readAloud()).toContain(`button "Show ${button}"`)
  }
  const blur = await page.evaluate("getComputedStyle(document.querySelector('.cover')).filter")
  expect(blur).toMatch(/blur\(\d/)
  await page.getByRole('button', { name: 'Show the answer of candidate 1' }).focus()
  await page.keyboard.press('Enter')
  expect(await readAloud()).toContain('Answer 2')
  expect(await readAloud()).not.toMatch(/Question 2|Other answer/)
  await page.keyboard.press('b')
  for (const words of [/Question 2/, /it quotes/, /A rationale that quotes/]) expect(await readAloud()).toMatch(words)
  await page.keyboard.press('b')
  expect(await readAloud()).not.toMatch(/Question 2|Answer 2|Other answer/)
  // A new page begins covered.
  await page.keyboard.press('b')
  await page.reload()
  expect(await readAloud()).not.toMatch(/Question 2|Answer 2|Other answer/)
  await page.getByRole('button', { name: 'never cover in this session' }).click()
  expect(await readAloud()).toMatch(/Question 2/)
  expect(troubles).toEqual([])
})

test('requests are loaded when they are asked for, covered where the sample is', async (context) => {
  const { page, requests, troubles } = await openPage(context)
  const served = await serve()
  await page.goto(served.url)
  await page.goto(`${served.origin}${itemOf(1, 1)}`)
  expect(requests.filter((address) => address.includes('/requests/'))).toEqual([])
  await page.keyboard.press('q')
  await page.locator('.request summary').first().click()
  await page.getByText('The request as it was sent').waitFor()
  await page.goto(`${served.origin}${itemOf(2, 2)}`)
  await page.keyboard.press('q')
  await page.locator('.request summary').first().click()
  expect(await page.locator('.request').first().ariaSnapshot()).not.toContain('The request as it was sent')
  await page.keyboard.press('b')
  expect(await page.locator('.request').first().ariaSnapshot()).toContain('The request as it was sent')
  expect(troubles).toEqual([])
})

test('on the start page `s` and `/` lead to the form, Esc leaves it, and it stays', async (context) => {
  const { page, troubles } = await openPage(context)
  const served = await serve()
  await page.goto(served.url)
  const form = page.getByRole('search')
  for (const [key, field] of [
    ['s', 'select[name="code"]'],
    ['/', 'input[name="text"]'],
  ] as const) {
    await page.keyboard.press(key)
    expect(await isFocused(form.locator(field))).toBe(true)
    await page.keyboard.press('Escape')
    expect(await isFocused(form.locator(field))).toBe(false)
    expect(await form.isVisible()).toBe(true)
  }
  expect(troubles).toEqual([])
})

test('search and filters by keyboard; the address holds the queue, and Back goes back', async (context) => {
  const { page, troubles } = await openPage(context)
  const served = await serve()
  await page.goto(served.url)
  await page.goto(`${served.origin}${itemOf(0, 0)}`)
  await page.keyboard.press('/')
  await page.keyboard.type('needle')
  await page.keyboard.press('Enter')
  await page.waitForURL(/text=needle/)
  await page.getByText('1 of 1').waitFor()
  await page.getByText('Somewhere a needle').waitFor()
  await page.keyboard.press('s')
  await page.keyboard.press('Escape')
  await page.keyboard.press('s')
  await page.locator('select[name="category"]').selectOption('fraud')
  await page.locator('input[name="text"]').fill('')
  await page.keyboard.press('Enter')
  await page.waitForURL(/category=fraud/)
  expect(page.url()).toContain(promptId(4))
  await page.goBack()
  await page.waitForURL(/text=needle/)
  await page.keyboard.press('?')
  await page.getByRole('dialog').waitFor()
  await page.keyboard.press('Escape')
  expect(await page.getByRole('dialog').count()).toBe(0)
  expect(troubles).toEqual([])
})

test.for<readonly [string, Screen]>([
  ['light, wide', {}],
  ['dark, wide', { dark: true }],
  ['light, narrow', { width: 400, height: 800 }],
  ['dark, narrow', { dark: true, width: 400, height: 800 }],
])(
  '%s: contrast reaches AA everywhere, no barrier is found, nothing overflows, focus can be seen',
  async ([, screen], context) => {
    const { page, troubles } = await openPage(context, screen)
    const served = await serve({
      decisions: [
        makeWord(samples[1]!, { action: 'accept' }),
        makeWord(samples[2]!, { by: 'ben', action: 'accept' }),
        makeWord(samples[2]!, { by: 'anna', action: 'reject' }),
        makeWord({ ...samples[2]!, contentDigest: 'a'.repeat(64) }, { action: 'accept' }),
        makeWord(rejections[1]!, { action: 'reject' }),
      ],
    })
    await page.goto(served.url)
    for (const path of [
      '/',
      itemOf(1, 1),
      itemOf(2, 2),
      '/list?order=build',
      '/list?category=none',
      '/queue?order=movers',
    ]) {
      await page.goto(`${served.origin}${path}`)
      if (path.startsWith('/item')) for (const key of ['o', 'q', 'r']) await page.keyboard.press(key)
      expect([path, await page.evaluate(findFaintText)]).toEqual([path, []])
      expect([path, await findBarriers(page)]).toEqual([path, []])
      const overflow = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      )
      expect([path, overflow]).toEqual([path, 0])
    }
    await page.goto(`${served.origin}${itemOf(1, 1)}`)
    const stops: string[] = []
    const isAround = (): boolean => stops.indexOf('the page') !== stops.lastIndexOf('the page')
    // From the candidate in focus to the end, then from the top of the page.
    while (stops.length < 60 && !isAround()) {
      await page.keyboard.press('Tab')
      stops.push(z.string().parse(await page.evaluate(describeFocus)))
    }
    expect(stops.filter((stop) => stop.startsWith('unseen'))).toEqual([])
    expect(stops).toContain('summary Filters and order')
    expect(isAround()).toBe(true)
    expect(troubles.filter((trouble) => !trouble.includes('400 (Bad Request)'))).toEqual([])
  },
)

const attack =
  '</div></script><script>window.forged = 1; alert(1); location = "http://evil.test"</script><img src="http://evil.test/x" onerror="window.forged = 1">' +
  '<svg onload="window.forged = 1"><form action="http://evil.test"><iframe src="javascript:window.forged = 1"></iframe><meta http-equiv="refresh" content="0;url=http://evil.test">' +
  '<style>body{display:none}</style><link rel="stylesheet" href="http://evil.test/x.css"><base href="http://evil.test">\u202E${alert(1)}'

test('a hostile build does nothing: no script, no request, no dialog, no other page', async (context) => {
  const { page, requests, troubles } = await openPage(context)
  const hostileRequest = { ...request, model: attack, messages: [{ role: 'user', content: attack }] } as const
  const digest = digestRequest(hostileRequest)
  const hostile = {
    prompt: [{ role: 'user', content: attack }],
    reasoning: attack,
    answer: attack,
    family: attack,
    source: attack,
    location: attack,
    language: attack,
    model: attack,
    citedClauses: [attack],
    requests: [digest, attack],
  } as const
  const sample = makeAuditSample(1, hostile)
  const served = await serveBuild(
    {
      samples: [sample],
      rejections: [
        makeSibling(1, 'unsafe', { ...hostile, answer: `${attack} too` }, { detail: attack, evidence: [attack] }),
      ],
      inputs: { specSet: { name: attack, digest: attack, specs: {} } },
    },
    {
      auditor: attack.slice(0, 150),
      decisions: [makeWord(sample, { by: attack.slice(0, 150), reason: attack })],
      answers: [
        { ...stored, digest, request: hostileRequest, step: attack, answer: { ...stored.answer, text: attack } },
      ],
    },
  )
  await page.goto(served.url)
  const item = `/item/${promptId(1)}?order=build&at=0&text=${encodeURIComponent(attack.slice(0, 200))}`
  for (const path of [
    '/',
    item,
    `/list?category=${encodeURIComponent(attack.slice(0, 200))}`,
    '/requests/0',
    '/text/0/answer',
  ]) {
    await page.goto(`${served.origin}${path}`)
    if (path === item) {
      for (const key of ['b', 'o', 'q', '2', 'b', 'o', 'q', 'c']) await page.keyboard.press(key)
      await page.locator('.request').nth(0).waitFor()
      expect(await page.locator('.words', { hasText: 'window.forged' }).first().isVisible()).toBe(true)
    }
    expect([path, await page.evaluate('typeof window.forged')]).toEqual([path, 'undefined'])
    expect(new URL(page.url()).origin).toBe(served.origin)
    expect(await page.evaluate('document.querySelectorAll("img, iframe, svg, style, base").length')).toBe(0)
  }
  expect(requests.filter((address) => new URL(address).origin !== served.origin)).toEqual([])
  expect(troubles).toEqual([])
})

test('without scripts the page can still be read, uncovered, filtered and decided on', async (context) => {
  const { page, troubles } = await openPage(context, { script: false })
  const served = await serve()
  await page.goto(served.url)
  await page.goto(`${served.origin}${itemOf(2, 2)}`)
  await page.getByRole('link', { name: /Show the texts/ }).click()
  expect(await page.locator('body').ariaSnapshot()).toContain('Question 2')
  const candidate = page.locator('[data-candidate]').first()
  await candidate.locator('.decide summary').click()
  await candidate.locator('input[value="reject"]').check()
  await candidate.locator('textarea').fill('Without a script.')
  await candidate.getByRole('button', { name: /^Save/ }).click()
  await page.getByText(/^Saved: you rejected/).waitFor()
  expect((await served.decisions()).map(({ reason }) => reason)).toEqual(['Without a script.'])
  expect(await page.getByRole('button', { name: /^Filters|^Keys/ }).count()).toBe(0)
  await page.locator('summary', { hasText: 'Filters and order' }).click()
  await page.locator('select[name="category"]').selectOption('fraud')
  await page.getByRole('button', { name: 'Read this queue' }).click()
  expect(page.url()).toContain(promptId(4))
  expect(troubles).toEqual([])
})
