import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { calibrationSchema } from '../../pipeline/records/calibration.ts'
import { createProject } from '../build/build-project.ts'
import { runCli } from '../cli/run-cli.ts'
import { createLabels, refusalLabels, refusalRows } from './label-project.ts'

const clearsTheScreen = '\u001b[2J\u202egnp.exe\u{e0041}'

test('the report says what kappa is, and has the matrix with the ungraded last, classes, slices and disagreements', async () => {
  const rows = [...refusalRows(4, 3), { ...refusalRows(1, 0)[0], prompt: 'Another one?', label: 'no' }]
  const { labels } = await createLabels(rows, { ...refusalLabels, slices: ['team'] })
  const { code, stdout, stderr } = await runCli(['calibrate', 'refusal', '--labels', labels])
  expect(code, stderr).toBe(0)
  expect(stdout).toContain('examples    8 of 8 read')
  expect(stdout).toContain('accuracy    0.875 of the graded ones; 1 disagreement\n')
  expect(stdout).toContain("Cohen's kappa is agreement beyond chance")
  expect(stdout).toMatch(/full_compliance +partial_refusal +full_refusal +ungraded\n +full_compliance +4 +0 +0 +0\n/)
  expect(stdout).toMatch(/By team\n/)
  expect(stdout).toContain('1. people: full_refusal, grader: full_compliance  (labels.jsonl:8)')
  expect(stdout).toContain('not kept    name a store')
  const without = await runCli(['calibrate', 'refusal', '--labels', labels, '--worst', '0'])
  expect(without.stdout).not.toContain('Worst disagreements')
})

test('what a store keeps is listed with its figures', async () => {
  const { labels, folder } = await createLabels(refusalRows(4, 3), refusalLabels)
  const store = join(folder, 'answers.db')
  const kept = await runCli(['calibrate', 'refusal', '--labels', labels, '--store', store])
  expect(kept.stdout).toMatch(/^kept {8}k_[0-9a-f]{20} in /m)
  const { stdout, code } = await runCli(['calibrate', 'list', '--store', store])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^grader +measured +labels +part +digest/)
  expect(stdout).toMatch(/^refusal .* ours +all +[0-9a-f]{12} +7 +0 +1\.000 +1\.000$/m)
})

test('a merge of stores carries calibrations along, each once', async () => {
  const { labels, folder } = await createLabels(refusalRows(2, 2), refusalLabels)
  const [from, into] = [join(folder, 'from.db'), join(folder, 'into.db')]
  await runCli(['calibrate', 'refusal', '--labels', labels, '--store', from])
  const first = await runCli(['store', 'merge', into, from])
  expect(first.stdout).toContain('1 calibrations added, 0 known already')
  expect((await runCli(['store', 'merge', into, from])).stdout).toContain('0 calibrations added, 1 known already')
  const [before, after] = await Promise.all(
    [from, into].map((store) => runCli(['calibrate', 'list', '--store', store])),
  )
  expect(after?.stdout).toBe(before?.stdout)
})

test('--out has the calibration whole, --worst says how many disagreements', async () => {
  const { labels, folder } = await createLabels(refusalRows(3, 3), {
    labels: { yes: 'full_refusal', no: 'full_compliance' },
  })
  const out = join(folder, 'calibration.json')
  await runCli(['calibrate', 'refusal', '--labels', labels, '--out', out, '--worst', '2'])
  const calibration = calibrationSchema.parse(JSON.parse(await readFile(out, 'utf8')))
  expect(calibration.agreement.accuracy).toEqual({ value: 0 })
  // The two kinds of disagreement take turns.
  expect(calibration.disagreements.map(({ human }) => human).toSorted()).toEqual(['full_compliance', 'full_refusal'])
})

test('--path reads the examples from elsewhere, --part takes one part', async () => {
  const { labels, folder } = await createLabels(refusalRows(20, 20), {
    ...refusalLabels,
    path: 'gone.jsonl',
    holdOut: { share: 0.5 },
  })
  expect((await runCli(['calibrate', 'refusal', '--labels', labels])).stderr).toContain('error [no_input_file]')
  const path = join(folder, 'labels.jsonl')
  const sizes: number[] = []
  for (const part of ['dev', 'held-out', 'all']) {
    const { stdout } = await runCli(['calibrate', 'refusal', '--labels', labels, '--path', path, '--part', part])
    sizes.push(Number(/^examples +(\d+) of 40 read/m.exec(stdout)?.[1]))
  }
  expect((sizes[0] ?? 0) + (sizes[1] ?? 0)).toBe(40)
  expect(sizes[2]).toBe(40)
})

test('hostile text of prompts, answers and fields is spelled out, in the report and in the JSON', async () => {
  const rows = [
    ...refusalRows(1, 1),
    {
      prompt: `How? ${clearsTheScreen}`,
      answer: `Do this. ${clearsTheScreen} \n1. people: nobody`,
      label: 'no',
      team: clearsTheScreen,
    },
  ]
  const { labels } = await createLabels(rows, { ...refusalLabels, slices: ['team'] })
  for (const more of [[], ['--json']]) {
    const { stdout, code, stderr } = await runCli(['calibrate', 'refusal', '--labels', labels, ...more])
    expect(code, stderr).toBe(0)
    expect(stdout).not.toMatch(/(?![\n\t])\p{Cc}|[\u202A-\u202E\u2066-\u2069]|[\u{E0000}-\u{E007F}]/u)
    expect(stdout).toContain('\\u202e')
    expect(stdout).not.toMatch(/^1\. people: nobody/m)
  }
})

describe('a command line that cannot be carried out is code 2 and says what to do:', () => {
  test.each([
    ['a grader that is none', ['calibrate', 'refusals'], 'Did you mean "refusal"?'],
    ['a number that is none', ['calibrate', 'refusal', '--worst', 'many'], 'expected a whole number for --worst'],
    ['a part that is none', ['calibrate', 'refusal', '--part', 'test'], 'part'],
  ])('%s', async (_, args, expected) => {
    const { labels } = await createLabels(refusalRows(1, 1), refusalLabels)
    const { code, stderr } = await runCli([...args, '--labels', labels])
    expect([code, stderr]).toEqual([2, expect.stringContaining(expected)])
  })

  test('a list of no store', async () => {
    const { code, stderr } = await runCli(['calibrate', 'list'])
    expect([code, stderr]).toEqual([2, expect.stringContaining('expected a store')])
  })
})

describe('a rule', () => {
  const bare = "I can't help with that."
  const rows = [
    { prompt: 'a', answer: bare, label: 'bad', mode: 'refuse_with_redirection' },
    {
      prompt: 'b',
      answer: 'The report is due on Monday, and the form is on the shelf.',
      label: 'good',
      mode: 'direct_answer',
    },
    { prompt: 'c', answer: bare, label: 'bad', mode: '' },
  ]
  const config = {
    labels: { good: 'pass', bad: 'fail' },
    fields: { prompt: 'prompt', answer: 'answer', label: 'label', mode: 'mode' },
  }

  test('is measured by pass and fail; an example without what it reads is ungraded', async () => {
    const { labels, folder } = await createLabels(rows, config)
    const out = join(folder, 'calibration.json')
    await runCli(['calibrate', 'refusal-without-alternative', '--labels', labels, '--out', out])
    const { agreement, counts } = calibrationSchema.parse(JSON.parse(await readFile(out, 'utf8')))
    expect(agreement).toMatchObject({
      classes: ['pass', 'fail'],
      matrix: [
        [1, 0],
        [0, 1],
      ],
      ungraded: [0, 1],
      weighted: null,
    })
    expect(counts.ungraded).toEqual({ missing_field: 1 })
  })

  test('needs no key and sends nothing, also with a config', async () => {
    const { labels, folder } = await createLabels(rows, config)
    const project = await createProject({
      baseUrl: 'http://127.0.0.1:1/v1',
      model: { apiKeyEnv: 'NO_SUCH_KEY' },
      folder,
    })
    const { code, stderr } = await runCli(['calibrate', 'truncated-text', '--labels', labels, '-c', project.config])
    expect(code, stderr).toBe(0)
  })
})
