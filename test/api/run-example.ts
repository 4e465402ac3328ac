import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

const root = join(import.meta.dirname, '../..')

export type ExampleRun = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

/** A program below docs/examples in a process of its own, where `safe-completions` is this repository's sources. */
export async function runExample(name: string, args: readonly string[]): Promise<ExampleRun> {
  const flags = ['--conditions=safe-completions-source', '--disable-warning=ExperimentalWarning']
  const child = spawn(process.execPath, [...flags, join(root, 'docs/examples', name), ...args], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended: Promise<unknown[]> = once(child, 'close')
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  await ended
  return { code: child.exitCode, stdout, stderr }
}
