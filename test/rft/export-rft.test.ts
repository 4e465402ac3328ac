import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { createNonce } from '../../pipeline/graders/fence.ts'
import { rftManifestSchema } from '../../pipeline/rft/rft-manifest.ts'
import { readShard } from '../../pipeline/shards/read-shard.ts'
import { loadSpecSet } from '../../pipeline/guidance/load-guidance.ts'
import { digestFile } from '../../pipeline/build/digest-file.ts'
import { exportWhole, hostileTexts, makeRftBuild, readAllItems, readItems } from './rft-build.ts'

const made = makeRftBuild()

test('every accepted row is an item with its conversation and its answer, in the split of the row', async () => {
  const { build } = made()
  const { out } = await exportWhole(build.path)
  const items = await readAllItems(out)
  expect(items).toHaveLength(build.samples.length)
  for (const row of build.samples) {
    const item = items.find((one) => one.prompt_id === row['prompt_id'])
    expect(item).toMatchObject({
      messages: row['prompt'],
      family: row['family'],
      category: row['category'],
      intent: row['intent'],
      outcome: 'accepted',
      reference_mode: row['mode'],
    })
    expect([{ role: 'assistant', content: item?.reference_answer }]).toEqual(row['completion'])
  }
  for (const split of ['train', 'validation'] as const) {
    const shards = build.manifest.shards.filter(({ path }) => path.includes(`/${split}-`))
    const rows = await Promise.all(shards.map(({ path }) => Array.fromAsync(readShard(join(build.path, path)))))
    const families = new Set(rows.flat().map((row) => row['family']))
    expect(new Set((await readItems(out, split)).map((item) => item.family))).toEqual(families)
    expect(families.size).toBeGreaterThan(0)
  }
})

test('prompts without a candidate that passed come when asked for, without an answer and with their families', async () => {
  const { build } = made()
  const { out, manifest } = await exportWhole(build.path, { includeRejected: true })
  const hard = (await readAllItems(out)).filter((item) => item.outcome === 'rejected')
  expect(hard.length).toBeGreaterThan(0)
  expect(manifest.prompts).toMatchObject({ rejected: hard.length, includesRejected: true })
  const accepted = new Set(build.samples.map((row) => row['prompt_id']))
  for (const item of hard) {
    expect([item.reference_answer, item.reference_mode]).toEqual([null, null])
    const rows = build.rejected.filter((row) => row['prompt_id'] === item.prompt_id && row['candidate_id'] !== null)
    expect(rows[0]).toMatchObject({ messages: item.messages, family: item.family, category: item.category })
    expect(rows.map((row) => row['code'])).not.toContain('mixture_cap')
    expect(accepted.has(item.prompt_id)).toBe(false)
  }
  const sideOf = new Map<string, string>()
  for (const split of ['train', 'validation'] as const) {
    for (const { family } of await readItems(out, split)) {
      expect(sideOf.get(family) ?? split).toBe(split)
      sideOf.set(family, split)
    }
  }
})

test('a prompt whose candidate passed and met a full cap, and a copy, are counted and not exported', async () => {
  const { build } = made()
  const { out, manifest } = await exportWhole(build.path, { includeRejected: true })
  const capped = new Set(build.rejected.filter((row) => row['code'] === 'mixture_cap').map((row) => row['prompt_id']))
  expect(capped.size).toBeGreaterThan(0)
  const { accepted, rejected, withoutPlace, unanswered } = manifest.prompts
  expect([withoutPlace, accepted]).toEqual([capped.size, build.samples.length])
  const ids = [...build.samples, ...build.rejected].map((row) => row['prompt_id']).filter((id) => id !== null)
  expect(accepted + rejected + withoutPlace + unanswered).toBe(new Set(ids).size)
  expect((await readAllItems(out)).filter((item) => capped.has(item.prompt_id))).toEqual([])
})

test('what the model is shown ends on a user turn and has no word of the policy', async () => {
  const { build } = made()
  const { out } = await exportWhole(build.path, { includeRejected: true })
  const specs = await loadSpecSet(join(build.path, 'inputs/specs'), 'safe-completion')
  const clauses = [...specs.specs.values(), specs.shared].flatMap((spec) => spec.clauses.map(({ text }) => text))
  expect(clauses.length).toBeGreaterThan(10)
  for (const { messages, spec, category, allowed_modes } of await readAllItems(out)) {
    expect(messages.at(-1)?.role).toBe('user')
    const shown = messages.map(({ content }) => content).join('\n')
    expect(clauses.filter((clause) => shown.includes(clause))).toEqual([])
    expect(shown).not.toContain(spec)
    expect(spec).toBe(specs.forCategory(category).text)
    expect(allowed_modes).toEqual(specs.forCategory(category).modes)
  }
})

test('Parquet has the rows of JSON Lines, with the messages as prompt', async () => {
  const { out } = await exportWhole(made().build.path, { includeRejected: true })
  for (const split of ['train', 'validation'] as const) {
    const rows = await Array.fromAsync(readShard(join(out, `${split}.parquet`)))
    const items = await readItems(out, split)
    expect(rows).toEqual(items.map(({ messages, ...rest }) => ({ prompt: messages, ...rest })))
  }
})

test('hostile prompts are exported as they are', async () => {
  const { build } = made()
  const { out } = await exportWhole(build.path, { includeRejected: true })
  const shown = new Set((await readAllItems(out)).map((item) => item.messages[0]?.content))
  expect(hostileTexts.filter((text) => shown.has(text)).length).toBeGreaterThan(2)
})

test('no text holds its nonce, and each conversation has another', async () => {
  const items = await readAllItems((await exportWhole(made().build.path)).out)
  expect(new Set(items.map(({ nonce }) => nonce)).size).toBe(items.length)
  for (const { nonce, ...rest } of items) {
    expect(JSON.stringify(rest)).not.toContain(nonce)
    // Who writes a prompt can compute this one.
    expect(createNonce(rest.conversation)).not.toBe(nonce)
  }
})

test('two exports of a build are equal in every byte, and the manifest has the hash of every file', async () => {
  const { build } = made()
  const [one, other] = [await exportWhole(build.path), await exportWhole(build.path)]
  const names = (await readdir(one.out)).toSorted()
  expect((await readdir(other.out)).toSorted()).toEqual(names)
  for (const name of names) expect(await readFile(join(one.out, name))).toEqual(await readFile(join(other.out, name)))
  const manifest = rftManifestSchema.parse(JSON.parse(await readFile(join(one.out, 'manifest.json'), 'utf8')))
  expect(manifest).toEqual(one.manifest)
  expect(manifest.build.id).toBe(build.manifest.buildId)
  expect([...manifest.files.map(({ path }) => path), 'manifest.json'].toSorted()).toEqual(names)
  for (const { path, sha256 } of manifest.files) expect(await digestFile(join(one.out, path))).toBe(sha256)
  expect(await readdir(dirname(one.out))).toEqual(['rft'])
})
