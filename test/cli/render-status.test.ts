import { expect, test } from 'vitest'
import { describeEnd, nothingBuilt, type EndFacts } from '../../pipeline/cli/build-status.ts'
import { renderStatus } from '../../pipeline/cli/render-status.ts'

const facts: EndFacts = {
  ...nothingBuilt,
  status: 'published',
  exitCode: 0,
  buildId: 'b-1',
  path: '/sets/builds/demo/b-1',
  message: 'b-1',
  details: [],
}
const status = describeEnd(
  { name: 'demo', runId: 'r-1', pid: 1, host: 'here', startedAt: '2026-01-01T00:00:00.000Z', previous: null },
  facts,
)

test.each([
  ['/sets', 'builds/demo/b-1'],
  ['/sets/builds/demo/b-1', '/sets/builds/demo/b-1'],
  ['/sets/other', '/sets/builds/demo/b-1'],
])('from %s the output is named %s, as the next command may take it', (folder, named) => {
  expect(renderStatus(status, folder)).toBe(`published: b-1\noutput      ${named}`)
})
