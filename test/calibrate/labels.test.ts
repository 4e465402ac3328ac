import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isHeldOut } from '../../pipeline/calibrate/hold-out.ts'
import { labelExamples, type LabelledSet } from '../../pipeline/calibrate/label-examples.ts'
import { loadLabels } from '../../pipeline/calibrate/load-labels.ts'
import { createRefusalGrader } from '../../pipeline/calibrate/refusal-grader.ts'
import type { CalibrationPart } from '../../pipeline/records/calibration.ts'
import { UserError } from '../../pipeline/records/user-error.ts'
import { findPublicData } from '../importers/public-data.ts'
import { createLabels, refusalLabels, refusalRows, type LabelRow } from './label-project.ts'

const grader = createRefusalGrader()

async function label(
  rows: readonly LabelRow[],
  config: Readonly<Record<string, unknown>>,
  part: CalibrationPart | null = null,
): Promise<LabelledSet> {
  const { labels } = await createLabels(rows, config)
  return labelExamples(await loadLabels(labels), grader, part)
}

/** The error as text, with the folder taken out. */
async function errorOf(
  config: Readonly<Record<string, unknown>>,
  rows: readonly LabelRow[] = refusalRows(2, 2),
  part: CalibrationPart | null = null,
): Promise<string> {
  const { labels, folder } = await createLabels(rows, config)
  try {
    labelExamples(await loadLabels(labels), grader, part)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return `[${error.code}] ${error.message} @ ${error.where} -> ${error.remedy}`.replaceAll(`${folder}/`, '')
  }
  throw new Error('expected an error')
}

describe('words of people', () => {
  test('that are neither mapped nor ignored are an error with their counts, the place and the classes', async () => {
    const rows = [
      ...refusalRows(2, 2),
      { prompt: 'p', answer: 'a', label: 'maybe' },
      { prompt: 'p', answer: 'b', label: '' },
    ]
    const error = await errorOf(refusalLabels, [...rows, { prompt: 'p', answer: 'c', label: 'maybe' }])
    expect(error).toContain('[unmapped_labels]')
    expect(error).toContain('"maybe" 2, "" 1 (the first at labels.jsonl:5) @ labels.yaml:7')
    expect(error).toContain('full_compliance, partial_refusal, full_refusal')
  })

  test('that are ignored are left out and counted', async () => {
    const rows = [
      ...refusalRows(2, 1),
      { prompt: 'p', answer: 'a', label: 'maybe' },
      { prompt: 'p', answer: 'b', label: '' },
    ]
    const set = await label(rows, { ...refusalLabels, ignore: ['maybe', ''] })
    expect(set.examples.map(({ human }) => human)).toEqual(['full_compliance', 'full_compliance', 'full_refusal'])
    expect([set.read, set.ignored]).toEqual([5, { maybe: 1, '': 1 }])
  })

  test('that YAML takes for numbers or truth values are words', async () => {
    const rows = [
      { prompt: 'p', answer: 'a', label: '1' },
      { prompt: 'p', answer: 'b', label: 'true' },
    ]
    const set = await label(rows, { labels: { 1: 'full_refusal' }, ignore: [true] })
    expect([set.examples.length, set.ignored]).toEqual([1, { true: 1 }])
  })
})

describe('merged classes', () => {
  const merge = { refusal: ['full_refusal', 'partial_refusal'] }

  test('take the place of theirs, for people and grader, and stay in order', async () => {
    const { examples, scale } = await label(refusalRows(1, 1), { ...refusalLabels, classes: merge })
    expect(examples.map(({ human }) => human)).toEqual(['full_compliance', 'refusal'])
    expect([scale.classes, scale.isOrdered]).toEqual([['full_compliance', 'refusal'], true])
    expect(scale.merge('partial_refusal')).toBe('refusal')
  })

  test('may be named by labels', async () => {
    const { examples } = await label(refusalRows(0, 1), { labels: { no: 'refusal' }, classes: merge })
    expect(examples[0]?.human).toBe('refusal')
  })

  test('that are no neighbours are in no order', async () => {
    const classes = { extreme: ['full_compliance', 'full_refusal'] }
    expect((await label(refusalRows(1, 1), { ...refusalLabels, classes })).scale.isOrdered).toBe(false)
  })
})

describe('a labels file is refused with file and line:', () => {
  test.each([
    [
      'an unknown key',
      { ...refusalLabels, slice: [] },
      'labels.yaml:10: slice: there is no such key. Did you mean "slices"?',
    ],
    [
      'a class that the grader lacks',
      { labels: { yes: 'fine', no: 'full_refusal' } },
      'labels.yaml:8: labels.yes: the grader has no class "fine".',
    ],
    [
      'a merged class that the grader lacks',
      { ...refusalLabels, classes: { a: ['b'] } },
      'classes.a.0: the grader has no class "b".',
    ],
    [
      'a class that is merged twice',
      { ...refusalLabels, classes: { a: ['full_refusal'], b: ['full_refusal'] } },
      'classes.b.0: the class "full_refusal" is in "a" already.',
    ],
    [
      'a merged class under the name of another one',
      { ...refusalLabels, classes: { full_compliance: ['full_refusal'] } },
      'is a class of the grader that is not among those that it stands for',
    ],
    [
      'a word that is mapped and ignored',
      { ...refusalLabels, ignore: ['yes'] },
      'labels.yaml:8: labels.yes: is also under "ignore".',
    ],
    [
      'no conversation',
      { ...refusalLabels, fields: { answer: 'answer', label: 'label' } },
      'expected either "prompt" or "messages"',
    ],
    [
      'a field that the rows lack',
      { ...refusalLabels, fields: { prompt: 'prompt', answer: 'reply', label: 'label' } },
      'expected text in field "reply", got nothing @ labels.jsonl:1, labels ours',
    ],
    [
      'a mode that is none',
      { ...refusalLabels, fields: { prompt: 'prompt', answer: 'answer', label: 'label', mode: 'team' } },
      'expected field mode to be one of direct_answer',
    ],
  ])('%s', async (_, config, expected) => {
    expect(await errorOf(config)).toContain(expected)
  })

  test('a part of a file that holds nothing out', async () => {
    expect(await errorOf(refusalLabels, refusalRows(1, 1), 'dev')).toContain('with "holdOut" for the part "dev"')
  })

  test('a field that the grader reads and nobody mapped', async () => {
    const { labels } = await createLabels(refusalRows(1, 1), refusalLabels)
    const loaded = await loadLabels(labels)
    const judge = { name: 'play', classes: grader.classes, isOrdered: true, needs: ['intent'] } as const
    expect(() => labelExamples(loaded, judge, null)).toThrow('the grader play reads "intent", which is not mapped')
  })
})

describe('the part that is held out', () => {
  const config = { ...refusalLabels, holdOut: { share: 0.5 } }
  const rows = refusalRows(40, 40)
  const idsOf = (set: LabelledSet): ReadonlySet<string> => new Set(set.examples.map(({ id }) => id))

  test('and the part dev share no example and are all of them; dev is measured by default', async () => {
    const [dev, heldOut, all, byDefault] = await Promise.all([
      label(rows, config, 'dev'),
      label(rows, config, 'held-out'),
      label(rows, config, 'all'),
      label(rows, config),
    ])
    expect(idsOf(dev).isDisjointFrom(idsOf(heldOut))).toBe(true)
    expect(idsOf(dev).union(idsOf(heldOut))).toEqual(idsOf(all))
    expect([idsOf(byDefault), byDefault.part]).toEqual([idsOf(dev), 'dev'])
    expect(dev.examples.length).toBeGreaterThan(25)
    expect(heldOut.examples.length).toBeGreaterThan(25)
    expect(new Set([dev, heldOut, all].map(({ digest }) => digest)).size).toBe(1)
  })

  test('stays the same when rows are added, moved and labelled anew', async () => {
    const before = idsOf(await label(rows, config, 'held-out'))
    const moved = [...refusalRows(60, 0).slice(40), ...rows.toReversed().map((row) => ({ ...row, label: 'no' }))]
    const after = idsOf(await label(moved, config, 'held-out'))
    expect(before.isSubsetOf(after)).toBe(true)
  })

  test('grows with the share and never lets go of an example', () => {
    const messages = (content: string) => [{ role: 'user', content }] as const
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.double({ min: 0, max: 1, noNaN: true }), (prompt, answer, share) => {
        const example = { messages: messages(prompt), answer }
        if (isHeldOut(example, share / 2)) expect(isHeldOut(example, share)).toBe(true)
        expect(isHeldOut(example, 0)).toBe(false)
        expect(isHeldOut(example, 1)).toBe(true)
      }),
    )
  })
})

test('the digest of labels follows what was read and how it was mapped, not the file format', async () => {
  const rows = refusalRows(2, 2)
  const digestOf = async (config: Readonly<Record<string, unknown>>): Promise<string> =>
    (await label(rows, { ...refusalLabels, ...config })).digest
  const plain = await digestOf({})
  expect(await digestOf({ name: 'others' })).toBe(plain)
  expect(await digestOf({ labels: { yes: 'partial_refusal', no: 'full_refusal' } })).not.toBe(plain)
  const project = await createLabels(rows, { ...refusalLabels, path: 'labels.json' })
  await writeFile(join(project.folder, 'labels.json'), JSON.stringify(rows))
  expect(labelExamples(await loadLabels(project.labels), grader, null).digest).toBe(plain)
})

test('the labels file that is shipped maps every word of its data set', async (context) => {
  const data = join(findPublicData(context), 'refusal-labels/political_figures.json')
  const loaded = await loadLabels(join(import.meta.dirname, '../../docs/examples/refusal-labels.yaml'), data)
  expect(labelExamples(loaded, grader, 'all').read).toBe(700)
})
