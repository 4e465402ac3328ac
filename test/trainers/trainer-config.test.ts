import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { trainers } from '../../pipeline/trainers/index.ts'
import { writeTrainerConfig } from '../../pipeline/trainers/write-trainer-config.ts'
import { createPlayModel } from '../support/play-model.ts'
import { buildWhole, createFolder, createProject, runProject, startServer } from '../build/build-project.ts'
import { seedPrompts } from '../build/seed-prompts.ts'

const trainerOf = (name: string) => {
  const trainer = trainers.find((one) => one.name === name)
  if (!trainer) throw new Error(`no trainer ${name}`)
  return trainer
}

/** A folder with a quote and a brace in its name, as a hostile or careless user has it. */
async function build(emit: object = {}) {
  const server = await startServer(createPlayModel())
  const folder = join(await createFolder(), `it's "my" {set}: #1`)
  await mkdir(folder)
  const config = { emit: { validationShare: 0.3, ...emit } }
  return await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(24), config, folder })
}

async function write(name: string, path: string, model = 'my-model') {
  const out = await createFolder()
  const written = await writeTrainerConfig(trainerOf(name), path, model, out)
  return await Promise.all(written.map((file) => readFile(file, 'utf8')))
}

test('each trainer is given every training shard for training, and the validation shards apart', async () => {
  const { path, manifest } = await buildWhole(await build())
  const of = (split: string) =>
    manifest.shards.filter(({ path }) => path.includes(`/${split}-`)).map((shard) => resolve(path, shard.path))
  const [train, validation] = [of('train'), of('validation')]
  expect(Math.min(train.length, validation.length)).toBeGreaterThan(0)

  const datasets = z.array(z.looseObject({ path: z.string() }))
  const [axolotl = ''] = await write('axolotl', path)
  const ax = z
    .looseObject({ datasets, test_datasets: datasets, train_on_inputs: z.literal(false) })
    .parse(parse(axolotl))
  expect(ax.datasets.map((one) => one.path)).toEqual(train)
  expect(ax.test_datasets.map((one) => one.path)).toEqual(validation)

  const [info = '', factory = ''] = await write('llama-factory', path)
  const files = z.record(z.string(), z.looseObject({ file_name: z.string() })).parse(JSON.parse(info))
  const lf = z
    .looseObject({
      dataset: z.string(),
      eval_dataset: z.string(),
      train_on_prompt: z.literal(false),
      mask_history: z.literal(true),
    })
    .parse(parse(factory))
  expect(lf.dataset.split(',').map((name) => files[name]?.file_name)).toEqual(train)
  expect(lf.eval_dataset.split(',').map((name) => files[name]?.file_name)).toEqual(validation)

  const part = z.looseObject({ data_files: z.array(z.string()), train_on_input: z.literal(false) })
  const [torchtune = ''] = await write('torchtune', path)
  const tt = z.strictObject({ dataset: part, dataset_val: part }).parse(parse(torchtune))
  expect(tt.dataset.data_files).toEqual(train)
  expect(tt.dataset_val.data_files).toEqual(validation)

  const [trl = ''] = await write('trl', path)
  expect(parse(trl)).toMatchObject({ dataset_name: path, completion_only_loss: true, max_length: null })
})

test('a config names the build by its own folder, not by latest, which moves', async () => {
  const { path } = await buildWhole(await build())
  const latest = join(await createFolder(), 'latest')
  await symlink(path, latest)
  const [trl = ''] = await write('trl', latest)
  expect(parse(trl)).toMatchObject({ dataset_name: path })
})

test('the limit of the build is the length of the trainer', async () => {
  const project = await build({ tokenizer: { file: 'tokenizer.json', maxTokens: 700 } })
  const tiny = join(import.meta.dirname, '../tokens/tiny-tokenizer.json')
  await writeFile(join(project.folder, 'tokenizer.json'), await readFile(tiny))
  const { path } = await buildWhole(project)
  const [trl = ''] = await write('trl', path)
  expect(parse(trl)).toMatchObject({ max_length: 700 })
})

test('openai joins the shards of each split, with names that a shell takes as they are', async () => {
  const { result } = await runProject(await build({ format: 'openai_jsonl' }))
  if (result.status !== 'published') throw new Error(result.status)
  const [script = ''] = await write('openai', result.path, `o'model`)
  const lines = script.split('\n')
  const train = lines.find((line) => line.endsWith('> train.jsonl')) ?? ''
  expect(train).toContain(String.raw`it'\''s "my" {set}: #1`)
  expect(train).not.toContain('validation-')
  expect(lines.find((line) => line.endsWith('> validation.jsonl'))).toContain('validation-')
  expect(script).toContain(String.raw`"model": "o'\''model"`)
})

test('a format that the trainer would misread is refused, and nothing is written', async () => {
  const { path } = await buildWhole(await build({ format: 'harmony' }))
  for (const { name } of trainers) {
    await expect(write(name, path)).rejects.toMatchObject({ code: 'trainer_format' })
  }
})

test('a config that is there is not overwritten', async () => {
  const { path } = await buildWhole(await build())
  const out = await createFolder()
  await writeFile(join(out, 'trl.yaml'), 'edited')
  await expect(writeTrainerConfig(trainerOf('trl'), path, 'm', out)).rejects.toMatchObject({ code: 'file_write' })
  const inAFile = join(path, 'manifest.json')
  await expect(writeTrainerConfig(trainerOf('trl'), path, 'm', inAFile)).rejects.toMatchObject({ code: 'file_write' })
  expect(await readFile(join(out, 'trl.yaml'), 'utf8')).toBe('edited')
})
