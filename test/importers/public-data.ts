import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { TestContext } from 'vitest'

const folder = resolve(process.env['SHARED_DATA'] ?? '../shared/data')

/** The folder of public data sets, which are not in the repository; without it the test is skipped and says why. */
export const findPublicData = (context: TestContext): string => {
  if (!existsSync(folder)) context.skip(`no public data at ${folder}; set SHARED_DATA`)
  return folder
}
