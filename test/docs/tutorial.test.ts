import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { createFolder } from '../build/build-project.ts'
import { compileCache } from '../cli/run-cli.ts'

const root = join(import.meta.dirname, '../..')
const run = promisify(execFile)

/** A dozen processes, one after the other, two of which build the demo anew. */
const timeout = 240_000

type Step = { readonly command: string; readonly shown: readonly string[] }

function readSteps(text: string): readonly Step[] {
  const blocks = [...text.matchAll(/^```console\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block)
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .filter((part) => part !== '')
      .map((part) => {
        const [command = '', ...shown] = part.trimEnd().split('\n')
        return { command, shown }
      }),
  )
}

/** Ids of builds and decisions follow from the program and the time. */
const forget = (line: string): string => line.replaceAll(/\b[bd]_?-?[0-9a-f]{16,20}\b/g, '<id>').trimEnd()

/** The output of each command, as one shell gives it that runs them all. */
async function runSteps(steps: readonly Step[]): Promise<readonly (readonly string[])[]> {
  const folder = await createFolder()
  const mark = '---- next ----'
  const main = join(root, 'pipeline/cli/main.ts')
  const script = [
    `npx() { shift; '${process.execPath}' '${main}' "$@"; }`,
    ...steps.map(({ command }) => `${command}\necho '${mark}'`),
  ]
  await writeFile(join(folder, 'script.sh'), script.join('\n'))
  const env = { PATH: process.env['PATH'], HOME: folder, NODE_COMPILE_CACHE: compileCache }
  const { stdout } = await run('bash', ['script.sh'], { cwd: folder, env, maxBuffer: 64e6 })
  return stdout.split(`${mark}\n`).map((output) => output.split('\n').map(forget))
}

test('the tutorial, to the letter, prints what it shows', { timeout }, async () => {
  const steps = readSteps(await readFile(join(root, 'docs/tutorial.md'), 'utf8'))
  expect(steps.length).toBeGreaterThan(15)
  const outputs = await runSteps(steps)
  for (const [n, { command, shown }] of steps.entries()) {
    const output = [...(outputs[n] ?? [])]
    for (const line of shown.filter((one) => one !== '...')) {
      // Lines stand in their order; "..." within one stands for its end.
      const [start = ''] = forget(line).split('...')
      const found = output.findIndex((one) => (line.includes('...') ? one.startsWith(start) : one === start))
      expect([command, line, found >= 0 ? 'printed' : output]).toEqual([command, line, 'printed'])
      output.splice(0, found + 1)
    }
  }
})
