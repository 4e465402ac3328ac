import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** Runs a script of this folder in a process of its own, so that no part inherits another's heap; gives the JSON that it prints. */
export async function runPart(script: string, args: readonly string[]): Promise<unknown> {
  const command = [...process.execArgv, join(import.meta.dirname, script), ...args]
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (text += piece))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${script} ended with code ${code}`)
  return JSON.parse(text)
}
