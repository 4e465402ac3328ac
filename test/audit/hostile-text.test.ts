import { expect, test } from 'vitest'
import { digestRequest } from '../../pipeline/answers/request-digest.ts'
import type { StoredAnswer } from '../../pipeline/answers/answer-store.ts'
import { showUnseen } from '../../pipeline/display/visible-text.ts'
import type { Rejection } from '../../pipeline/records/rejection.ts'
import type { ModelRequest } from '../../pipeline/records/request.ts'
import type { Sample } from '../../pipeline/records/sample.ts'
import type { GradedVerdict, UngradedVerdict, Verdict } from '../../pipeline/records/verdict.ts'
import { readPage } from '../diff/read-page.ts'
import { rejectSample } from '../diff/row-makers.ts'
import { makeAuditSample, makeSibling, makeStop, makeUnwritten, makeWord } from './audit-rows.ts'
import { serveBuild, type ServedBuild } from './serve-build.ts'

/** Ends a tag, an attribute, a script; calls out; draws on a terminal; turns the text round; forges a page of ours. */
const attack =
  '"\'`></code></script></textarea></title><script>alert(1)</script><img src=x onerror=alert(1)><svg onload=alert(1)>' +
  '<a href="javascript:alert(1)">&lt;&#60;\n<form action="http://evil.test"><input name="form-token" value="forged">' +
  '\u001B[2J\u009B\u0000\u202Egnp.exe\u2066\u200F\u{E0041}\u2028\u2029\uFFFD ${x} {{x}} ]]> <!-- '
/** The same where a path is made of it. */
const label = '"><script>alert(2)<script>\u202E'
const name200 = attack.slice(0, 190).trim()

const graded: GradedVerdict = {
  status: 'graded',
  grader: 'safety',
  version: 1,
  kind: 'judge',
  outcome: 'scored',
  scores: {},
  labels: {},
  votes: [1],
  clauses: [],
  rationale: '',
  evidence: [],
  requests: [],
}
const ungraded: UngradedVerdict = {
  status: 'ungraded',
  grader: 'safety',
  version: 1,
  kind: 'judge',
  reason: 'malformed',
  detail: '',
  requests: [],
}
const verdicts: readonly Verdict[] = [
  {
    status: 'graded',
    grader: attack,
    version: 1,
    kind: 'judge',
    outcome: 'scored',
    scores: { [attack]: 1 },
    labels: { [attack]: attack },
    votes: [1, 0],
    clauses: [attack, 'SP-1'],
    rationale: attack,
    evidence: [attack, attack],
    requests: [attack],
  },
  {
    status: 'ungraded',
    grader: attack,
    version: 1,
    kind: 'rule',
    reason: 'malformed',
    detail: attack,
    requests: [attack],
  },
]
const request: ModelRequest = {
  endpoint: attack,
  model: attack,
  messages: [
    { role: 'system', content: attack },
    { role: 'user', content: attack },
    { role: 'assistant', content: attack },
  ],
  parameters: { [attack]: attack },
  schema: { name: 'safety_verdict', schema: { [attack]: attack } },
  structuredOutput: 'json_schema',
  repeat: 0,
}
const answer: StoredAnswer = {
  digest: digestRequest(request),
  request,
  answer: {
    finish: 'complete',
    text: attack,
    reasoning: attack,
    refusal: attack,
    usage: null,
    servedModel: attack,
    responseId: attack,
  },
  step: attack,
  category: attack,
  createdAt: attack,
  latencyMs: 1,
}
const rulings = [
  {
    id: 'd_00000000000000000000',
    by: name200,
    decidedAt: '2026-01-01T00:00:00.000Z',
    reason: attack,
    action: 'accept',
  },
] as const

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
  failedGraders: [attack],
  verdicts,
  decisions: rulings,
  specDigest: attack,
  certifiedSpecDigest: attack,
  templateDigest: attack,
  model: attack,
  requests: [attack, digestRequest(request)],
}
const accepted = makeAuditSample(1, hostile)
const other: Sample = { ...makeAuditSample(2, hostile), id: attack, promptId: attack, contentDigest: attack }
const rejected: readonly Rejection[] = [
  makeSibling(
    1,
    'unsafe',
    { ...hostile, answer: `${attack} sibling` },
    { detail: attack, evidence: [attack], category: attack },
  ),
  {
    ...rejectSample(makeAuditSample(3, hostile), 'unsafe', { detail: attack, evidence: [attack], category: attack }),
    promptId: attack,
    candidateId: attack,
    contentDigest: attack,
  },
  {
    ...makeStop(4, 'contaminated'),
    detail: attack,
    evidence: [attack],
    category: attack,
    source: attack,
    location: attack,
  },
  makeUnwritten(5, 'malformed', attack),
]
const gone = makeWord(
  { ...accepted, contentDigest: '0'.repeat(64) },
  { by: name200, reason: attack, buildId: attack, outcome: attack, specDigest: attack },
)

const serve = (): Promise<ServedBuild> =>
  serveBuild(
    {
      samples: [accepted, other],
      rejections: rejected,
      config: { description: attack },
      inputs: {
        specSet: { name: attack, digest: attack, specs: { [label]: attack } },
        graders: { [attack]: 1 },
        templates: { [attack]: attack },
      },
    },
    {
      auditor: name200,
      answers: [answer],
      decisions: [
        gone,
        ...(['accept', 'flag', 'comment'] as const).map((action) =>
          makeWord(accepted, { action, by: name200, reason: attack, buildId: attack, outcome: attack }),
        ),
        makeWord(accepted, { action: 'reject', by: `${name200}!`, reason: attack }),
      ],
      before: { samples: [{ ...accepted, reward: 0.1, answer: `${attack} before` }] },
    },
  )

/** What must never reach a reader as it is. */
const raw = /(?![\n\t])[\p{Cc}\u2028\u2029\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]|[\u{E0000}-\u{E007F}]/u

const ourTags =
  'a,article,b,body,button,code,dd,details,dialog,div,dl,dt,fieldset,footer,form,h1,h2,h3,h4,head,header,html,input,kbd,label,legend,li,link,main,meta,nav,ol,option,p,script,section,select,small,span,summary,table,tbody,td,textarea,th,thead,time,title,tr,ul'.split(
    ',',
  )
const addresses = ['href', 'src', 'action', 'formaction', 'data-load']

/** Every page of the audit that a link, a form or a fold leads to, each once. */
async function crawl(served: ServedBuild, start: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const pages = new Map<string, string>()
  const waiting = [...start]
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    if (pages.has(path) || path.startsWith('/decide') || path.startsWith('/veil')) continue
    const { status, headers, body } = await served.call(path)
    const { location } = headers
    pages.set(path, body)
    if (status === 303 && typeof location === 'string') {
      waiting.push(location)
      continue
    }
    expect([path, status]).toEqual([path, 200])
    if (!String(headers['content-type']).startsWith('text/html')) continue
    for (const { attributes } of readPage(body).tags) {
      for (const name of addresses) if (attributes[name] !== undefined) waiting.push(attributes[name])
    }
  }
  return pages
}

test('whatever rows, verdicts, decisions, manifests and requests hold, each page has only our own tags and addresses', async () => {
  const served = await serve()
  const items = [0, 1, 2, 3, 4, 5].map((n) => `/item/row-${n}?order=build`)
  const known = (
    await Promise.all(items.map(async (path) => [path, (await served.call(path)).status] as const))
  ).filter(([, status]) => status === 200)
  const pages = await crawl(served, ['/', '/queue?order=movers', ...known.map(([path]) => path)])
  const htmlPages = [...pages].filter(([, body]) => body.startsWith('<!doctype'))
  expect(htmlPages.length).toBeGreaterThan(20)
  expect([...pages.keys()].filter((path) => path.startsWith('/requests/')).length).toBeGreaterThan(2)
  for (const [path, body] of pages) {
    if (path.endsWith('.js') || path.endsWith('.css') || path.endsWith('.svg')) continue
    expect([path, raw.exec(body)?.[0]]).toEqual([path, undefined])
  }
  for (const [path, body] of htmlPages) {
    const { tags } = readPage(body)
    expect([path, tags.filter(({ name }) => !ourTags.includes(name))]).toEqual([path, []])
    const attributes = tags.flatMap((tag) => Object.entries(tag.attributes))
    expect([path, attributes.filter(([name]) => name.startsWith('on') || name === 'style')]).toEqual([path, []])
    const led = attributes.filter(([name]) => addresses.includes(name)).map(([, value]) => value)
    expect([path, led.filter((address) => !/^\/(?!\/)/.test(address))]).toEqual([path, []])
    expect([
      path,
      tags.filter(({ name, attributes }) => name === 'script' && attributes['src'] !== '/audit.js'),
    ]).toEqual([path, []])
    const tokens = tags.filter(({ attributes }) => attributes['name'] === 'form-token')
    expect(new Set(tokens.map(({ attributes }) => attributes['value'])).size).toBeLessThan(2)
  }
  expect(served.problems).toEqual([])
})

test('the hostile text stands on the page as text, whole, with what is unseen spelled out', async () => {
  const served = await serve()
  const { text } = readPage(await served.read('/queue?order=movers'))
  expect(text.split(showUnseen(attack)).length).toBeGreaterThan(6)
  expect(text).toContain(String.raw`\u202egnp.exe`)
  expect(text).toContain(String.raw`\u001b[2J\u009b\u0000`)
  const plain = await served.call('/text/0/answer')
  expect(plain.body).toBe(showUnseen(attack))
  expect(plain.headers['content-type']).toBe('text/plain; charset=utf-8')
})

test('a lone surrogate of a bad row, which no file keeps, is a replacement character on the page', async () => {
  const stop = { ...makeStop(1, 'contaminated'), detail: 'cut \uD83D here', evidence: ['\uDE00'] }
  const served = await serveBuild({ samples: [makeAuditSample(2)], rejections: [stop] })
  expect(await served.read(`/item/${stop.promptId}?order=build`)).toContain('cut \uFFFD here')
})

test('a hostile reason is kept as it was written, and shown as text', async () => {
  const served = await serveBuild({ samples: [makeAuditSample(1)] })
  const { contentDigest } = makeAuditSample(1)
  const reason = attack.trim()
  const form = { row: '0', digest: contentDigest, action: 'comment', reason, queue: 'order=build', at: '0' }
  expect((await served.send('/decide', form)).status).toBe(303)
  const [decision] = await served.decisions()
  expect(decision?.reason).toBe(reason)
  const { text, tags } = readPage(await served.read('/queue?order=build'))
  expect(text).toContain(showUnseen(reason))
  expect(tags.filter(({ name }) => !ourTags.includes(name))).toEqual([])
})

test('a hostile search, note, or queue in the address is text', async () => {
  const served = await serveBuild({ samples: [makeAuditSample(1)] })
  for (const field of ['text', 'category', 'grader', 'saved', 'show']) {
    const query = new URLSearchParams({ [field]: attack.slice(0, 290) }).toString()
    for (const path of [`/list?${query}`, `/item/p_00000000000000000001?order=build&${query}`]) {
      const page = await served.read(path)
      expect(page).not.toMatch(raw)
      expect(readPage(page).tags.filter(({ name }) => !ourTags.includes(name))).toEqual([])
    }
  }
})

const megabytes = 5
const giant = '<b>\u202E"&'.repeat((megabytes * 1024 * 1024) / 7)

/** One row for each field, with 5 MB in it. */
function makeGiants(): { readonly samples: readonly Sample[]; readonly rejections: readonly Rejection[] } {
  const own: readonly Partial<Sample>[] = [
    { answer: giant },
    { reasoning: giant },
    { prompt: [{ role: 'user', content: giant }] },
    { family: giant },
    { source: giant, location: giant },
    { language: giant, severity: giant },
    { model: giant },
    { citedClauses: [giant] },
    { failedGraders: [giant] },
    { requests: [giant] },
    { certifiedSpecDigest: giant },
    { verdicts: [{ ...graded, rationale: giant }] },
    { verdicts: [{ ...graded, evidence: [giant] }] },
    { verdicts: [{ ...graded, grader: giant, clauses: [giant] }] },
    { verdicts: [{ ...graded, labels: { [giant]: giant }, scores: { [giant]: 1 } }] },
    { verdicts: [{ ...ungraded, detail: giant }] },
    { contentDigest: giant },
  ]
  const samples = own.map((changes, n) =>
    makeAuditSample(n, { prompt: [{ role: 'user', content: `Q ${n}` }], ...changes }),
  )
  const theirs: readonly Partial<Rejection>[] = [
    { detail: giant },
    { evidence: [giant] },
    { category: giant },
    { answer: giant, mode: null, reasoning: null },
    { messages: [{ role: 'user', content: giant }] },
  ]
  const rejections = theirs.map((changes, n) => makeSibling(100 + n, 'unsafe', {}, changes))
  return { samples, rejections }
}

test(
  'five megabytes in any field give a page of ordinary size, and the whole text on demand',
  { timeout: 120_000 },
  async () => {
    const { samples, rejections } = makeGiants()
    const served = await serveBuild({ samples, rejections })
    const total = samples.length + rejections.length
    for (let pos = 0; pos < total; pos += 1) {
      const entry = await (await served.desk.queues.open({ order: 'build', seed: 1, n: 1, strata: [] })).at(pos)
      const page = await served.read(`/item/${entry?.item}?order=build&at=${pos}`)
      expect([pos, page.length < 400_000]).toEqual([pos, true])
      readPage(page)
    }
    for (const path of ['/', '/list?order=build']) expect((await served.read(path)).length).toBeLessThan(400_000)
    const first = await served.read(`/item/${samples[0]?.promptId}?order=build`)
    const address = /href="(\/text\/\d+\/answer)"/.exec(first)?.[1]
    expect(first).toContain(`show all (${giant.length.toLocaleString('en')} characters)`)
    const whole = await served.call(address ?? '')
    expect(whole.body).toBe(showUnseen(giant))
    expect(served.problems).toEqual([])
  },
)

test('a digest that is not that of the text is found out: nobody decides about a text that they have not seen', async () => {
  const [seen, meant] = [makeAuditSample(1), makeAuditSample(2)]
  const forged = { ...seen, contentDigest: meant.contentDigest }
  const served = await serveBuild({ samples: [forged], rejections: [makeSibling(1, 'outranked')] })
  expect(await served.read(`/item/${seen.promptId}?order=build`)).toContain('is not that of the text shown')
  const form = { row: '0', digest: meant.contentDigest, action: 'accept', reason: 'Good.', queue: '', at: '' }
  expect((await served.send('/decide', form)).status).toBe(400)
  expect(await served.decisions()).toEqual([])
})
