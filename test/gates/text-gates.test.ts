import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Sample } from '../../pipeline/records/sample.ts'
import { createFolder } from '../build/build-project.ts'
import { makeSample } from '../diff/row-makers.ts'
import { judgeRows } from './judge-rows.ts'

const asking = (n: number, content: string, changes: Partial<Sample> = {}) =>
  makeSample(n, { prompt: [{ role: 'user', content }], ...changes })

describe('contamination', () => {
  const long =
    'Describe for a newcomer how the harbour library keeps its oldest ledgers dry through the long and wet winters of the coast'
  // Twelve words: another last word leaves 9 of 11 shingles, and no run of 13 words.
  const short = 'Which of the old orchards near the quiet harbour keeps best pears?'
  const evaluation = (name: string) => ({ name, path: `${name}.jsonl`, fields: { prompt: 'prompt' } })

  const judge = async (samples: readonly Sample[], gate: object = {}, config: object = {}) => {
    const folder = await createFolder()
    await writeFile(join(folder, 'shared.jsonl'), `${JSON.stringify({ prompt: long })}\n`)
    await writeFile(join(folder, 'extra.jsonl'), `${JSON.stringify({ prompt: short })}\n`)
    const contamination = { evaluations: [evaluation('extra')], ...gate }
    return await judgeRows({
      folder,
      samples,
      gates: { contamination },
      config: { evaluations: [evaluation('shared')], ...config },
    })
  }

  test.each<[string, Sample, string]>([
    ['an exact prompt up to case', asking(1, long.toUpperCase()), '(prompt) is a prompt of shared at shared.jsonl:1'],
    ['one of the extra set', asking(1, short), '(prompt) is a prompt of extra at extra.jsonl:1'],
    [
      'a run of words',
      asking(1, `${long.slice(0, 80)} and so on?`),
      '(prompt) shares a run of words with a prompt of shared',
    ],
    ['a near copy', asking(1, short.replace('pears', 'plums')), '(prompt) is nearly a prompt of extra'],
    [
      'a turn before the last',
      makeSample(1, {
        prompt: [
          { role: 'user', content: short },
          { role: 'assistant', content: 'That one.' },
          { role: 'user', content: 'Thanks, why?' },
        ],
      }),
      '(prompt) is a prompt of extra',
    ],
    [
      'an answer that quotes one',
      asking(1, 'Quiz me.', { answer: `Here: ${short} Think well.` }),
      '(answer) contains a prompt of extra',
    ],
    [
      'reasoning that quotes one',
      asking(1, 'Quiz me.', { reasoning: `They may ask: ${long}` }),
      '(reasoning) shares a run of words with a prompt of shared',
    ],
  ])('finds %s', async (_, sample, expected) => {
    const { failures, findings } = await judge([makeSample(7), sample])
    expect(findings).toEqual([expect.objectContaining({ row: sample.id, what: expect.stringContaining(expected) })])
    expect(failures).toEqual([`1 text matches an evaluation prompt: ${sample.id} ${findings[0]?.what}`])
  })

  test('near copies pass where only exact ones are asked for', async () => {
    const { failures } = await judge([asking(1, short.replace('pears', 'plums'))], { nearThreshold: null })
    expect(failures).toEqual([])
  })

  test('passes rows that hold none, and says how many prompts it looked for', async () => {
    const { failures, of } = await judge([asking(1, 'Which harbour has the best library?'), asking(2, 'Quiz me.')])
    expect(failures).toEqual([])
    expect(of('contamination')).toMatchObject({
      status: 'passed',
      limit: { evaluations: ['shared', 'extra'] },
      measured: { matches: 0, rows: 2, evaluationPrompts: 2 },
    })
  })

  test('many matches are counted and written whole, and the message names five', async () => {
    const samples = Array.from({ length: 30 }, (_, n) => asking(n, short))
    const { failures, findings, of } = await judge(samples)
    expect(findings.length).toBe(30)
    expect(of('contamination')).toMatchObject({ findings: 30 })
    expect(of('contamination').firstFindings.length).toBe(20)
    expect(failures).toEqual([expect.stringMatching(/^30 texts match .*; and 25 more$/)])
    expect(failures[0]?.match(/c_[0-9a-f]{20}/g)?.length).toBe(5)
  })

  test('an evaluation file that is not there stops the run', async () => {
    await expect(judge([makeSample(1)], { evaluations: [evaluation('gone')] })).rejects.toMatchObject({
      code: 'no_input_file',
    })
  })
})

// Invented at random; put together here so that no scanner takes this file for a leak.
const random = 'q7Rk2ZpW9xTb4LmC8vNd3JsH6gYf1KaE5uQo'
const hex = Buffer.from(random).toString('hex')
const secrets = [
  ['a GitHub token', `ghp_${random}`],
  ['an npm token', `npm_${random}`],
  ['a GitLab token', `glpat-${random.slice(0, 20)}`],
  ['a Slack token', `xoxb-${'2469135'.repeat(2)}-${'8642097'.repeat(2)}-${random.slice(0, 24)}`],
  ['a payment key', `sk_live_${random.slice(0, 24)}`],
  [
    'an AWS key',
    `AKIA${random
      .slice(0, 16)
      .toUpperCase()
      .replaceAll(/[018-9]/g, '7')}`,
  ],
  ['a model key', `sk-ant-api03-${hex.slice(0, 93)}AA`],
  ['a web token', `eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyIjoiN3EyIn0.${random}`],
  ['a private key', `-----BEGIN RSA PRIVATE KEY-----\n${random.repeat(4)}\n-----END RSA PRIVATE KEY-----\n`],
  ['a password in an address', `postgres://admin:${random.slice(0, 12)}@db.harbour-library.net:5432/main`],
] as const
const personal = [
  ['an e-mail address', 'maria.keller81@posteo-mail.de'],
  ['a phone number', '+49 170 5234817'],
  ['a card number', '4539 1488 0343 6467'],
  ['an account number', 'DE75 5121 0800 1245 1261 99'],
] as const

describe('secrets and personal data', () => {
  const clean = makeSample(7, { answer: 'Ask the harbour office, or call 112. Keys look like AKIAIOSFODNN7EXAMPLE.' })
  const placed = (field: string, text: string): Sample =>
    field === 'prompt' ? asking(1, text) : makeSample(1, { [field]: text })

  describe.each([...secrets, ...personal])('%s', (_, secret) => {
    test.each(['prompt', 'reasoning', 'answer'])('fails in the %s, and is not printed', async (field) => {
      const sample = placed(field, `Use ${secret} now.`)
      const { failures, findings, of } = await judgeRows({ gates: { sensitiveText: {} }, samples: [clean, sample] })
      expect(findings.length).toBeGreaterThan(0)
      for (const finding of findings) {
        expect(finding).toMatchObject({ row: sample.id, promptId: sample.promptId })
        expect(finding.what).toMatch(new RegExp(`^\\(${field}\\) holds `))
        expect(finding.evidence.at(-1)).toMatch(/… \(\d+ characters\)$/)
      }
      expect(failures.length).toBe(1)
      const told = JSON.stringify([failures, findings, of('sensitive_text')])
      for (let at = 0; at + 8 <= secret.length; at += 1) expect(told).not.toContain(secret.slice(at, at + 8))
    })
  })

  test('a row without any passes', async () => {
    const { failures, of } = await judgeRows({ gates: { sensitiveText: {} }, samples: [clean] })
    expect(failures).toEqual([])
    expect(of('sensitive_text')).toMatchObject({ status: 'passed', measured: { findings: 0, rows: 1 } })
  })

  // Of a kind that only secretlint knows.
  const [, url] = secrets[9]
  const scan = { secrets: true, personalData: false }

  test('secretlint finds what the token shapes of the rule do not know', async () => {
    const sample = makeSample(1, { answer: `Use ${url} now.` })
    const { findings } = await judgeRows({ gates: { sensitiveText: scan }, samples: [sample] })
    expect(findings.map(({ what }) => what)).toEqual(['(answer) holds database-connection-string PostgreSQLConnection'])
  })

  test.each(['<!-- secretlint-disable -->', '# secretlint-disable', '// secretlint-disable'])(
    'a text cannot switch the scan off: %s',
    async (comment) => {
      const samples = [makeSample(1, { answer: `${comment}\n${url}` })]
      expect((await judgeRows({ gates: { sensitiveText: scan }, samples })).failures.length).toBe(1)
    },
  )

  test('each half and each field can be left out', async () => {
    const samples = [makeSample(1, { answer: `Use ${secrets[0][1]}.`, reasoning: `Ask ${personal[0][1]}.` })]
    const kinds = async (sensitiveText: object) =>
      (await judgeRows({ gates: { sensitiveText }, samples })).findings.map(({ what }) => what.split(' ')[0])
    expect(await kinds({})).toEqual(['(reasoning)', '(answer)'])
    expect(await kinds({ secrets: false })).toEqual(['(reasoning)'])
    expect(await kinds({ personalData: false })).toEqual(['(answer)'])
    expect(await kinds({ fields: ['prompt'] })).toEqual([])
  })
})
