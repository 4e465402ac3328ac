import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Sample } from '../../pipeline/records/sample.ts'
import { createFolder } from '../build/build-project.ts'
import { writeHandMadeBuild, type HandMadeBuild } from '../diff/hand-made-build.ts'
import { makeSample, rejectSample } from '../diff/row-makers.ts'
import { judgeRows, type JudgedRows } from './judge-rows.ts'

const rows = (from: number, to: number, changes: Partial<Sample> = {}): readonly Sample[] =>
  Array.from({ length: to - from }, (_, n) => makeSample(from + n, changes))

/** A published build with `latest` on it; its id is the name of its folder here. */
async function publish(home: string, id: string, build: HandMadeBuild): Promise<string> {
  const folder = join(home, id)
  await writeHandMadeBuild(folder, build)
  await rm(join(home, 'latest'), { force: true })
  await symlink(id, join(home, 'latest'))
  return folder
}

describe('drift', () => {
  const drift = { maxAcceptanceChange: 0.1, maxModeShift: 0.1, maxRewardChange: 0.1, maxAnswerLengthChange: 0.1 }
  const earlier = {
    samples: rows(0, 8, { answer: 'x'.repeat(100) }),
    rejections: [8, 9].map((n) => rejectSample(makeSample(n), 'unsafe')),
  }

  const judge = async (changes: Partial<JudgedRows> & { readonly drift?: object }) => {
    const folder = changes.folder ?? (await createFolder())
    if (changes.folder === undefined) await publish(join(folder, 'builds/new'), 'b-old', { ...earlier })
    return await judgeRows({ ...earlier, gates: { drift: changes.drift ?? drift }, ...changes, folder })
  }

  test('passes with a note where nothing was published yet', async () => {
    const { failures, of } = await judge({ folder: await createFolder() })
    expect(failures).toEqual([])
    expect(of('drift')).toMatchObject({ status: 'passed', note: expect.stringContaining('nothing to compare with') })
  })

  test('passes a build like the last one, and says what it measured', async () => {
    const { failures, of } = await judge({})
    expect(failures).toEqual([])
    expect(of('drift').measured).toMatchObject({
      acceptance: { before: 0.8, now: 0.8, moved: 0 },
      'mean answer length': { before: 100, now: 100, moved: 0 },
    })
  })

  test.each<[string, Partial<JudgedRows>, string]>([
    [
      'acceptance',
      { rejections: [8, 9, 10, 11].map((n) => rejectSample(makeSample(n), 'unsafe')) },
      'acceptance moved by 0.1333 since b-',
    ],
    [
      'modes',
      {
        samples: [
          ...rows(0, 6, { answer: 'x'.repeat(100) }),
          ...rows(6, 8, { answer: 'x'.repeat(100), mode: 'safe_completion' }),
        ],
      },
      'mode mix moved by 0.2500 since b-',
    ],
    [
      'reward',
      { samples: rows(0, 8, { answer: 'x'.repeat(100), reward: 0.8 }) },
      'mean reward moved by 0.2000 since b-',
    ],
    ['length', { samples: rows(0, 8, { answer: 'x'.repeat(89) }) }, 'mean answer length moved by 0.1100 since b-'],
  ])('tells a move of %s, up or down, and of nothing else', async (_, changes, expected) => {
    const { failures, findings } = await judge(changes)
    expect(failures).toEqual([expect.stringContaining(expected)])
    expect(findings.map(({ cell }) => expected.startsWith(`${cell} moved`))).toEqual([true])
  })

  test('a move of the limit itself passes, also where the numbers are rounded', async () => {
    expect(0.8 - 0.7).toBeGreaterThan(0.1)
    const { failures, of } = await judge({
      samples: rows(0, 7, { answer: 'x'.repeat(110), reward: 0.9 }),
      rejections: [7, 8, 9].map((n) => rejectSample(makeSample(n), 'unsafe')),
    })
    expect(failures).toEqual([])
    expect(of('drift').measured).toMatchObject({ acceptance: { before: 0.8, now: 0.7 } })
  })

  test('rewards that one of the builds lacks cannot be compared, which is no pass', async () => {
    const { failures } = await judge({ samples: rows(0, 8, { answer: 'x'.repeat(100), reward: null }) })
    expect(failures).toEqual([expect.stringMatching(/^mean reward cannot be compared/)])
  })

  test('is measured from the build that the config names, relative to the config', async () => {
    const folder = await createFolder()
    await publish(join(folder, 'builds/new'), 'b-old', { samples: rows(0, 4, { mode: 'safe_completion' }) })
    await writeHandMadeBuild(join(folder, 'approved'), { ...earlier })
    const against = { ...drift, against: 'approved' }
    expect((await judge({ folder, drift: against })).failures).toEqual([])
    expect((await judge({ folder })).failures).not.toEqual([])
  })

  test('is never measured from a build that a gate held back', async () => {
    const folder = await createFolder()
    await writeHandMadeBuild(join(folder, 'builds/new/held-b-1'), { ...earlier })
    const { of } = await judge({ folder })
    expect(of('drift').note).toContain('nothing to compare with')
    await expect(judge({ folder, drift: { ...drift, against: 'builds/new/held-b-1' } })).rejects.toMatchObject({
      code: 'earlier_build',
      message: expect.stringContaining('held back'),
    })
  })

  test('a published build that lost its files stops the run: it is not taken for none', async () => {
    const folder = await createFolder()
    const old = await publish(join(folder, 'builds/new'), 'b-old', { ...earlier })
    await rm(join(old, 'data'), { recursive: true })
    await expect(judge({ folder })).rejects.toMatchObject({ code: 'earlier_build' })
    await rm(old, { recursive: true })
    await expect(judge({ folder })).rejects.toMatchObject({ code: 'earlier_build' })
    // What is about to take the place of its own damaged copy is no drift, and may mend it.
    expect((await judge({ folder, buildId: 'b-old' })).of('drift').summary).toContain('this very one')
  })

  test('an unreadable shard of the right size stops the run', async () => {
    const folder = await createFolder()
    const old = join(folder, 'builds/new/b-old')
    const { shards } = await writeHandMadeBuild(old, { ...earlier })
    await symlink('b-old', join(folder, 'builds/new/latest'))
    for (const { path, bytes } of shards) await writeFile(join(old, path), Buffer.alloc(bytes))
    await expect(judge({ folder })).rejects.toMatchObject({ code: 'parquet_unreadable' })
  })
})

describe('duplicates', () => {
  const long = (n: number, end: string) =>
    `Please explain in plain words how our team of ${n} volunteers should plan the yearly inspection of the old water tower near the ${end}`
  const asking = (n: number, content: string) => makeSample(n, { prompt: [{ role: 'user', content }] })
  const judge = async (
    folder: string,
    samples: readonly Sample[],
    duplicates: object,
    changes: Partial<JudgedRows> = {},
  ) => await judgeRows({ folder, samples, gates: { duplicates }, ...changes })

  test('names each row that repeats one of an earlier set, exactly or nearly, with its folder and the row', async () => {
    const folder = await createFolder()
    const [one, two] = [asking(1, 'How do I mend a lathe?'), asking(2, long(12, 'harbour'))]
    await writeHandMadeBuild(join(folder, 'sets/first/b-1'), { samples: [one] })
    await writeHandMadeBuild(join(folder, 'sets/second/b-2'), {
      samples: [two, asking(3, 'Something else entirely, please?')],
    })
    const now = [asking(11, 'how do i mend a LATHE'), asking(12, long(12, 'library')), asking(13, 'What is a kiln?')]
    const { failures, findings, of } = await judge(folder, now, { against: ['sets'] })
    expect(findings).toEqual([
      expect.objectContaining({ row: now[0]?.id, what: `repeats ${one.id} of sets/first/b-1` }),
      expect.objectContaining({
        row: now[1]?.id,
        what: `nearly repeats ${two.id} of sets/second/b-2`,
      }),
    ])
    expect(failures).toEqual([expect.stringMatching(/^2 rows repeat earlier ones: c_[0-9a-f]{20} repeats c_/)])
    expect(of('duplicates').measured).toEqual({ duplicates: 2, rows: 3, builds: 2, earlierRows: 3 })

    const exactOnly = await judge(folder, now, { against: ['sets/second', 'sets/first/b-1'], nearThreshold: null })
    expect(exactOnly.findings.map(({ row }) => row)).toEqual([now[0]?.id])
    expect((await judge(folder, now.slice(2), { against: ['sets'] })).failures).toEqual([])
  })

  test('all rows of a crowd that one earlier row nearly equals are named, each once', async () => {
    const folder = await createFolder()
    await writeHandMadeBuild(join(folder, 'sets/b-1'), {
      samples: [asking(1, long(12, 'harbour')), asking(2, long(12, 'chapel'))],
    })
    const now = ['library', 'bakery', 'stable'].map((end, n) => asking(11 + n, long(12, end)))
    const { findings } = await judge(folder, now, { against: ['sets'] })
    expect(findings.length).toBe(3)
    expect(new Set(findings.map(({ row }) => row))).toEqual(new Set(now.map(({ id }) => id)))
  })

  test('held builds, and earlier ones of the name itself, are read only where they are named', async () => {
    const folder = await createFolder()
    const samples = [asking(1, 'How do I mend a lathe?')]
    await writeHandMadeBuild(join(folder, 'builds/other/held-b-1'), { samples })
    // Hand-made builds are all of this name.
    const name = 'hand-made'
    const own = join(folder, `builds/${name}/b-2`)
    await writeHandMadeBuild(own, { samples })
    const below = await judge(folder, samples, { against: ['builds'] }, { name })
    expect(below.of('duplicates')).toMatchObject({
      status: 'passed',
      note: expect.stringContaining('nothing to compare'),
    })
    for (const against of [`builds/${name}`, `builds/${name}/b-2`]) {
      expect((await judge(folder, samples, { against: [against] }, { name })).failures.length).toBe(1)
    }
    await expect(judge(folder, samples, { against: ['builds/other/held-b-1'] })).rejects.toMatchObject({
      code: 'earlier_build',
    })
  })

  test('a copy without what was rejected is read like the build itself, also to measure drift from', async () => {
    const folder = await createFolder()
    const samples = [asking(1, 'How do I mend a lathe?')]
    const rejections = [rejectSample(makeSample(2), 'unsafe')]
    await writeHandMadeBuild(join(folder, 'copy'), { samples, rejections })
    await rm(join(folder, 'copy/rejected'), { recursive: true })
    expect((await judge(folder, samples, { against: ['copy'] })).failures.length).toBe(1)
    const gates = { drift: { against: 'copy', maxAcceptanceChange: 0.1, maxAnswerLengthChange: 0.1 } }
    const { of } = await judgeRows({ folder, samples, gates })
    expect(of('drift').measured).toMatchObject({ acceptance: { before: 0.5, now: 1 } })
  })

  test('the very same build is not earlier than itself', async () => {
    const folder = await createFolder()
    const samples = [asking(1, 'How do I mend a lathe?')]
    const { buildId } = await writeHandMadeBuild(join(folder, 'sets/b-1'), { samples })
    expect((await judge(folder, samples, { against: ['sets'] }, { buildId })).failures).toEqual([])
  })

  test('an empty folder is nothing to repeat; a missing one, and a build with a shard cut short, stop the run', async () => {
    const folder = await createFolder()
    const samples = [asking(1, 'How do I mend a lathe?')]
    await mkdir(join(folder, 'empty'))
    expect((await judge(folder, samples, { against: ['empty'] })).of('duplicates').status).toBe('passed')
    await expect(judge(folder, samples, { against: ['gone'] })).rejects.toMatchObject({ code: 'no_builds' })
    // But for where the first build of all will be.
    expect((await judge(folder, samples, { against: ['builds'] })).of('duplicates').status).toBe('passed')
    const { shards } = await writeHandMadeBuild(join(folder, 'sets/b-1'), { samples })
    const shard = join(folder, 'sets/b-1', shards[0]?.path ?? '')
    await writeFile(`${shard}.cut`, 'PAR1')
    await rename(`${shard}.cut`, shard)
    await expect(judge(folder, samples, { against: ['sets'] })).rejects.toMatchObject({ code: 'earlier_build' })
  })
})
