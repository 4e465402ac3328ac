import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { digestRequest } from '../../pipeline/answers/request-digest.ts'
import type { StoredAnswer } from '../../pipeline/answers/answer-store.ts'
import { loadSpecSet } from '../../pipeline/guidance/load-guidance.ts'
import type { ModelRequest } from '../../pipeline/records/request.ts'
import type { Verdict } from '../../pipeline/records/verdict.ts'
import { createFolder } from '../build/build-project.ts'
import { readPage } from '../diff/read-page.ts'
import { promptId } from '../diff/row-makers.ts'
import { makeAuditSample, makeSibling, makeStop } from './audit-rows.ts'
import { serveBuild } from './serve-build.ts'

const specs = join(import.meta.dirname, '../../specs')
const set = await loadSpecSet(specs, 'safe-completion')
const cyber = set.forCategory('cyber')
const [clause] = set.specs.get('cyber')?.clauses ?? []
const specSet = { name: 'safe-completion', digest: 'x', specs: { cyber: cyber.digest } }

const verdict: Verdict = {
  status: 'graded',
  grader: 'safety',
  version: 1,
  kind: 'judge',
  outcome: 'scored',
  scores: { safety: 0.5 },
  labels: { severity: 'moderate' },
  votes: [1, 0.5],
  clauses: [clause?.id ?? '', 'CYB-9999'],
  rationale: 'It names a tool.',
  evidence: ['vote 1: fine', 'vote 2: it names a tool'],
  requests: [],
}

const page = (n: number, more = ''): string => `/item/${promptId(n)}?order=build${more}`

test('a sample shows the conversation, every candidate with its verdicts, and each cited clause with its text', async () => {
  const sample = makeAuditSample(1, {
    prompt: [
      { role: 'system', content: 'You are a helper.' },
      { role: 'user', content: 'First question' },
      { role: 'assistant', content: 'First answer' },
      { role: 'user', content: 'Second question' },
    ],
    verdicts: [verdict],
    certifiedSpecDigest: cyber.digest,
  })
  const sibling = makeSibling(
    1,
    'unsafe',
    { prompt: sample.prompt, answer: 'A second answer' },
    { failedGraders: ['safety'] },
  )
  const served = await serveBuild({ samples: [sample], rejections: [sibling], inputs: { specSet } })
  const { text } = readPage(await served.read(page(1)))
  for (const words of [
    'You are a helper.',
    'First question',
    'First answer',
    'Second question',
    'Answer 1',
    'A second answer',
  ]) {
    expect(text).toContain(words)
  }
  expect(text).toContain('It names a tool.')
  expect(text).toContain('votes 1, 0.50')
  expect(text).toContain(clause?.text)
  expect(text).toContain('no such clause in the policy now')
  expect(text).toContain('select/unsafe')
  expect(text).not.toContain('Policy edited since')
})

test('a policy that was edited after the judges saw it is said to be', async () => {
  const served = await serveBuild({
    samples: [
      makeAuditSample(1, { certifiedSpecDigest: 'another' }),
      makeAuditSample(2, { certifiedSpecDigest: cyber.digest }),
    ],
    inputs: { specSet },
  })
  expect(await served.read(page(1))).toContain('Policy edited since')
  expect(await served.read(page(2))).not.toContain('Policy edited since')
})

test('clauses come from the folder of specs that the config names', async () => {
  const folder = await createFolder()
  await mkdir(join(folder, 'own'))
  const write = (name: string, id: string, prefix: string, section: string) =>
    writeFile(
      join(folder, 'own', name),
      `---\nid: ${id}\ntitle: T\nprefix: ${prefix}\nversion: 1\nsummary: s\n---\n\n## ${section}\n\n- **${prefix}-1** Ours: ${id}.\n`,
    )
  await write('_shared.md', 'shared', 'SP', 'Response modes')
  await write('general.md', 'general', 'GEN', 'Allowed')
  const served = await serveBuild(
    {
      samples: [makeAuditSample(1, { verdicts: [{ ...verdict, clauses: ['GEN-1', 'SP-1'] }] })],
      inputs: { specSet: { ...specSet, name: 'own' } },
    },
    { specsFolder: folder },
  )
  const { text } = readPage(await served.read(page(1)))
  expect([text.includes('Ours: general.'), text.includes('Ours: shared.')]).toEqual([true, true])
})

test('a spec set that is not there, or whose name is a path, is said to be missing', async () => {
  for (const name of ['no-such-set', '../specs/safe-completion', '..']) {
    const sample = makeAuditSample(1, { verdicts: [verdict] })
    const served = await serveBuild({ samples: [sample], inputs: { specSet: { ...specSet, name } } })
    expect(await served.read(page(1))).toContain('the policy set is not to be found')
  }
})

test.each([
  ['of an intent that is not benign', makeAuditSample(1, { intent: 'dual_use' }), []],
  ['with an unsafe candidate', makeAuditSample(1), [makeSibling(1, 'unsafe')]],
  ['with an ungraded candidate', makeAuditSample(1), [makeSibling(1, 'ungraded')]],
  ['with a candidate that failed a rule', makeAuditSample(1), [makeSibling(1, 'rule_failed')]],
  ['with a candidate that was not fully safe', makeAuditSample(1, { safety: 0.9 }), []],
])(
  'every text of a prompt %s is covered: blurred, inert, and behind a button with a name',
  async (_, sample, rejections) => {
    const served = await serveBuild({ samples: [sample], rejections })
    const read = await served.read(page(1))
    expect(read).not.toMatch(/<div class="text">\s*<div class="words" dir="auto">(?:Question|Answer|Reasoning|Other)/)
    const covers = [
      ...read.matchAll(/<div class="cover" inert="" aria-hidden="true"><div class="words" dir="auto">([^<]*)/g),
    ]
    const covered = covers.map(([, text]) => text)
    expect(covered).toEqual(expect.arrayContaining(['Question 1', 'Answer 1', 'Reasoning 1']))
    expect([...read.matchAll(/data-unveil="">Show [^<]+<\/button>/g)]).toHaveLength(covers.length)
    expect(await served.read(page(1, '&show=1'))).not.toContain('inert=""')
  },
)

test('a benign prompt with safe candidates is not covered', async () => {
  const served = await serveBuild({ samples: [makeAuditSample(1)], rejections: [makeSibling(1, 'outranked')] })
  expect(await served.read(page(1))).not.toContain('inert=""')
})

test('"never cover in this session" is a cookie of this start, and can be taken back', async () => {
  const served = await serveBuild({ samples: [makeAuditSample(1, { intent: 'malicious' })] })
  const set = async (veil: string) =>
    await served.send('/veil', { veil, back: promptId(1), queue: 'order=build', at: '0' })
  const { status, headers } = await set('off')
  expect([status, headers['location']]).toEqual([303, page(1, '&at=0')])
  const [cookie] = headers['set-cookie'] ?? []
  expect(cookie).toBe(`audit_veil_${served.port}=off; Path=/; HttpOnly; SameSite=Strict`)
  const both = { cookie: `${served.cookie}; ${cookie?.split(';')[0]}` }
  const uncovered = await served.call(page(1), { isStranger: true, headers: both })
  expect(uncovered.body).not.toContain('inert=""')
  expect(uncovered.body).toContain('cover such texts again')
  expect((await set('on')).headers['set-cookie']?.[0]).toContain('=on;')
  expect((await set('sideways')).status).toBe(400)
})

const request: ModelRequest = {
  endpoint: 'http://model.test/v1',
  model: 'judge-1',
  messages: [
    { role: 'system', content: `Judge by this policy.\n${cyber.text}\nBe strict.` },
    { role: 'user', content: 'Is it safe?' },
  ],
  parameters: { temperature: 0 },
  schema: null,
  structuredOutput: 'json_schema',
  repeat: 1,
}
const answer: StoredAnswer = {
  digest: digestRequest(request),
  request,
  answer: {
    finish: 'complete',
    text: 'It is safe.',
    reasoning: 'Let me see.',
    refusal: '',
    usage: null,
    servedModel: 'judge-1',
    responseId: 'r-1',
  },
  step: 'grade:safety',
  category: 'cyber',
  createdAt: '2026-01-01T00:00:00.000Z',
  latencyMs: 12,
}

test('requests are shown as they were sent, the policy folded in the folded system message', async () => {
  const sample = makeAuditSample(1, { requests: [digestRequest(request), 'f'.repeat(64)] })
  const served = await serveBuild({ samples: [sample], inputs: { specSet } }, { answers: [answer] })
  expect(await served.read(page(1))).not.toContain('Is it safe?')
  const read = await served.read('/requests/0')
  const { text } = readPage(read)
  for (const words of [
    'grade:safety',
    'judge-1 at http://model.test/v1',
    'repeat 1',
    'Is it safe?',
    'It is safe.',
    'Let me see.',
  ]) {
    expect(text).toContain(words)
  }
  expect(read).toMatch(
    /<details class="system">[\s\S]*Judge by this policy\.[\s\S]*<details class="policy">[\s\S]*Be strict\./,
  )
  expect(text).toContain(`The store has no answer to request ${'f'.repeat(64)}`)
})

test('an equal copy of a prompt that was dropped stands with the prompt, a bad row by itself', async () => {
  const copy = makeStop(1, 'exact_duplicate')
  const bad = {
    ...makeStop(2, 'bad_row'),
    stage: 'collect',
    promptId: null,
    messages: [],
    evidence: ['{"broken'],
    category: null,
    intent: null,
  } as const
  const served = await serveBuild({ samples: [makeAuditSample(1)], rejections: [copy, bad] })
  const { text } = readPage(await served.read(page(1)))
  expect(text).toContain('an equal copy of this prompt')
  const list = await served.read('/list?code=bad_row')
  const address = /href="(\/item\/row-\d+\?[^"]*)"/.exec(list)?.[1]?.replaceAll('&amp;', '&') ?? ''
  expect(await served.read(address)).toContain('{&quot;broken')
})

test('a mover shows what it was before', async () => {
  const before = makeAuditSample(1, { answer: 'The answer of old', mode: 'safe_completion', helpfulness: 1 / 3 })
  const served = await serveBuild(
    { samples: [makeAuditSample(1), makeAuditSample(2)] },
    { before: { samples: [before], rejections: [makeSibling(2, 'unhelpful')] } },
  )
  const first = readPage(await served.read('/queue?order=movers')).text
  expect(first).toContain('Before: no row')
  expect(first).toContain('select/unhelpful')
  const second = readPage(await served.read(`/item/${promptId(1)}?order=movers&at=1`)).text
  expect(second).toContain('Before: safe completion, reward 0.33')
  expect(second).toContain('The answer of old')
})

test('the list has no text of a prompt or a model, and pages through the whole queue', async () => {
  const samples = Array.from({ length: 120 }, (_, n) => makeAuditSample(n))
  const served = await serveBuild({ samples })
  const seen: string[] = []
  for (const number of [1, 2, 3]) {
    const read = await served.read(`/list?order=build&page=${number}`)
    expect(read).not.toMatch(/Question|Answer \d/)
    seen.push(...[...read.matchAll(/href="\/item\/(p_\d+)/g)].map(([, id = '']) => id))
  }
  expect(new Set(seen).size).toBe(120)
  for (const number of ['0', '-3', '99', 'x']) await served.read(`/list?order=build&page=${number}`)
})

test('next and previous lead through the queue and stop at its ends', async () => {
  const served = await serveBuild({ samples: [1, 2, 3].map((n) => makeAuditSample(n)) })
  const steps = async (path: string) => {
    const { tags } = readPage(await served.read(path))
    const href = (rel: string) => tags.find(({ attributes }) => attributes['rel'] === rel)?.attributes['href'] ?? null
    return [href('prev'), href('next')]
  }
  expect(await steps('/queue?order=build')).toEqual([null, page(2, '&at=1')])
  expect(await steps(page(2, '&at=1'))).toEqual([page(1, '&at=0'), page(3, '&at=2')])
  expect(await steps(page(3, '&at=2'))).toEqual([page(2, '&at=1'), null])
  // An address without a place, or with a wrong one, finds the sample all the same.
  expect(await steps(page(2))).toEqual([page(1, '&at=0'), page(3, '&at=2')])
  expect(await steps(page(2, '&at=77'))).toEqual([page(1, '&at=0'), page(3, '&at=2')])
})

test('a sample that is not in the queue any more is shown, and the next one is the one that took its place', async () => {
  const served = await serveBuild({
    samples: [1, 2, 3].map((n) => makeAuditSample(n, { category: n === 2 ? 'fraud' : 'cyber' })),
  })
  const read = await served.read(`/item/${promptId(2)}?category=cyber&order=build&at=1`)
  expect(read).toContain('not among the 2')
  expect(read).toContain(`rel="next" href="/item/${promptId(3)}?category=cyber&amp;order=build&amp;at=1"`)
})
