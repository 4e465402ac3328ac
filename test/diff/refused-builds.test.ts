import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { diffBuilds } from '../../pipeline/diff/diff-builds.ts'
import { withTemporaryFolder } from '../shards/temporary-folder.ts'
import { writeHandMadeBuild, type HandMadeBuild } from './hand-made-build.ts'
import { makeSample, promptId } from './row-makers.ts'

const options = { top: 10, onChange: () => undefined }

async function diffWith(build: HandMadeBuild, damage: (folder: string) => Promise<void>): Promise<unknown> {
  return await withTemporaryFolder(async (folder) => {
    const [a, b] = [join(folder, 'a'), join(folder, 'b')]
    await writeHandMadeBuild(a, { samples: [makeSample(1)] })
    const manifest = await writeHandMadeBuild(b, build)
    await damage(b)
    expect(manifest.shards).not.toEqual([])
    return await diffBuilds(a, b, options)
  })
}

test('a folder that is no build is refused', async () => {
  await withTemporaryFolder(async (folder) => {
    await expect(diffBuilds(folder, folder, options)).rejects.toMatchObject({ code: 'manifest' })
  })
})

test('a build in openai_jsonl, whose rows have no prompt ids, is refused with a way out', async () => {
  const build = { samples: [makeSample(1)], config: { emit: { format: 'openai_jsonl' } } }
  await expect(diffWith(build, async () => undefined)).rejects.toMatchObject({
    code: 'diff_format',
    message: expect.stringContaining('openai_jsonl'),
    remedy: expect.stringContaining('emit.format'),
  })
})

test('a shard with other rows than the manifest says is refused', async () => {
  const swap = async (folder: string): Promise<void> => {
    const other = join(folder, 'other')
    await writeHandMadeBuild(other, { samples: [makeSample(1), makeSample(2)] })
    const shard = 'data/cyber/train-00000-of-00001.parquet'
    await writeFile(join(folder, shard), await readFile(join(other, shard)))
  }
  await expect(diffWith({ samples: [makeSample(1)] }, swap)).rejects.toMatchObject({ code: 'diff_rows' })
})

test('a build with two rows for one prompt is refused, not halved', async () => {
  const twice = [makeSample(1), makeSample(1, { split: 'validation', answer: 'Another' })]
  await expect(diffWith({ samples: twice }, async () => undefined)).rejects.toMatchObject({
    code: 'diff_rows',
    where: `prompt ${promptId(1)}`,
  })
})

test('a row whose prompt id has another form is refused, as the order of the join rests on it', async () => {
  const odd = [makeSample(1, { promptId: 'p_É' })]
  await expect(diffWith({ samples: odd }, async () => undefined)).rejects.toMatchObject({ code: 'diff_rows' })
})
