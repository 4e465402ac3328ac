import { mkdir, realpath, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import type { Manifest } from '../build/manifest.ts'
import { readManifest } from '../build/read-manifest.ts'
import { UserError } from '../records/user-error.ts'
import { trainerFormatNames } from '../shards/trainer-formats.ts'
import type { BuildShards, Trainer } from './trainer.ts'

const emitSchema = z.object({
  emit: z.object({
    format: z.enum(trainerFormatNames),
    tokenizer: z.object({ maxTokens: z.int().nullable() }).nullish(),
  }),
})

/**
 * Writes what a trainer needs to train on a build, from its manifest. Files that are there already are not overwritten.
 * @throws UserError `manifest`, `trainer_format`, `trainer_shards`, `file_write`
 */
export async function writeTrainerConfig(
  trainer: Trainer,
  folder: string,
  model: string,
  out: string,
): Promise<readonly string[]> {
  const build = await describeShards(folder, await readManifest(folder))
  if (!trainer.formats.includes(build.format)) {
    throw new UserError(
      'trainer_format',
      `expected a build in a format that ${trainer.name} reads with the loss on the answer, got ${build.format}`,
      { where: folder, remedy: `Build with emit.format: ${trainer.formats.join(' or ')}. It sends no request.` },
    )
  }
  if (build.train.length === 0) {
    throw new UserError('trainer_shards', 'expected a build with training rows, got none', {
      where: folder,
      remedy: 'Lower emit.validationShare, or read in rejected/ why there are no rows.',
    })
  }
  await mkdir(out, { recursive: true }).catch((error: unknown) => {
    throw new UserError('file_write', `expected a folder that can be written, got: ${String(error)}`, {
      where: out,
      remedy: 'Name another folder with --out.',
      cause: error,
    })
  })
  const written: string[] = []
  for (const { name, text } of trainer.write(build, model)) {
    const path = join(out, name)
    await writeFile(path, text, { flag: 'wx' }).catch((error: unknown) => {
      throw new UserError('file_write', 'expected a new file, got one that is there or cannot be written', {
        where: path,
        remedy: 'Name another folder with --out: a config that somebody edited is not overwritten.',
        cause: error,
      })
    })
    written.push(path)
  }
  return written
}

async function describeShards(folder: string, { buildId, inputs, shards }: Manifest): Promise<BuildShards> {
  const { emit } = emitSchema.parse(inputs.config)
  const root = await realpath(folder)
  const pathsOf = (split: string): readonly string[] =>
    shards.filter(({ path }) => basename(path).startsWith(`${split}-`)).map(({ path }) => join(root, path))
  return {
    buildId,
    format: emit.format,
    folder: root,
    train: pathsOf('train'),
    validation: pathsOf('validation'),
    maxTokens: emit.tokenizer?.maxTokens ?? null,
  }
}
