import { spawn } from 'node:child_process'
import { once } from 'node:events'

export type HookCommand = {
  readonly command: readonly string[]
  readonly cwd: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly input: string
  readonly timeoutMs: number
}

const longestComplaint = 500

/**
 * Runs a program without a shell, with `input` as its stdin, and drops what it prints.
 * @throws Error that says how it ended and what it complained of, unless it ended with code 0 in time.
 */
export async function runHookCommand({ command, cwd, environment, input, timeoutMs }: HookCommand): Promise<void> {
  const [program = '', ...args] = command
  const timeout = AbortSignal.timeout(timeoutMs)
  const child = spawn(program, args, {
    cwd,
    env: environment,
    stdio: ['pipe', 'ignore', 'pipe'],
    // Not spawn's own time-out, which goes on for a program that could not be started.
    signal: timeout,
    killSignal: 'SIGKILL',
  })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (complaint.length < longestComplaint) complaint = `${complaint}${text}`.slice(0, longestComplaint)
  })
  // A program that does not read its stdin is no failure.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  // Not `close`: what it leaves running in the background may keep its stderr open.
  try {
    await once(child, 'exit')
  } catch (error) {
    throw timeout.aborted ? new Error(`${program} did not end within ${timeoutMs / 1000} s`) : error
  } finally {
    // Of a program that could not be started, too: an open pipe would keep this process.
    child.stdin.destroy()
    child.stderr.destroy()
  }
  if (child.exitCode === 0) return
  const end = child.exitCode === null ? `was ended by ${child.signalCode}` : `ended with code ${child.exitCode}`
  throw new Error(`${program} ${end}${complaint === '' ? '' : `: ${complaint.trim()}`}`)
}
