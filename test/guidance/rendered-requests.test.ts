import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { templates } from '../graders/judges/judge-bench.ts'
import { goldenFolder, goldenPath, renderGolden, renderRequests } from './rendered-requests.ts'

const rendered = await renderRequests()

test('every shipped template has a golden request, and no golden is left of one that is gone', async () => {
  expect([...rendered.keys()].toSorted()).toEqual([...templates.all.keys()].toSorted())
  const files = (await readdir(goldenFolder)).filter((name) => name.endsWith('.txt'))
  expect(files.map((name) => join(goldenFolder, name)).toSorted()).toEqual(
    [...rendered.keys()].map(goldenPath).toSorted(),
  )
})

test.each([...rendered])('the requests of %s are the golden ones', async (id, requests) => {
  expect(requests.length).toBeGreaterThan(0)
  expect(renderGolden(requests)).toBe(await readFile(goldenPath(id), 'utf8'))
})

test('CI cannot write goldens', async () => {
  const before = await readFile(goldenPath('grade/safety'), 'utf8')
  const script = join(goldenFolder, 'regenerate.ts')
  const { status, stderr } = spawnSync(process.execPath, [script], {
    env: { ...process.env, CI: '1' },
    encoding: 'utf8',
  })
  expect(status).not.toBe(0)
  expect(stderr).toContain('got CI')
  expect(await readFile(goldenPath('grade/safety'), 'utf8')).toBe(before)
})
