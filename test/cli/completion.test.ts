import { execFile } from 'node:child_process'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { createFolder } from '../build/build-project.ts'
import { runCli } from './run-cli.ts'

const run = promisify(execFile)
const main = join(import.meta.dirname, '../../pipeline/cli/main.ts')

/** What a real bash completes a line to, with the script that the command prints and the command on its path. */
async function complete(words: readonly string[]): Promise<readonly string[]> {
  const folder = await createFolder()
  const command = join(folder, 'safe-completions')
  await writeFile(command, `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`)
  await chmod(command, 0o755)
  await writeFile(join(folder, 'script.bash'), (await runCli(['completion', 'bash'])).stdout)
  const press = `
    source "$1/script.bash"
    COMP_WORDS=("\${@:2}")
    COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
    "$(complete -p safe-completions | sed 's/.*-F \\([^ ]*\\).*/\\1/')"
    printf '%s\\n' "\${COMPREPLY[@]}"`
  const env = { PATH: `${folder}:${process.env['PATH']}`, SHELL: '/bin/bash' }
  const { stdout } = await run('bash', ['-c', press, 'bash', folder, ...words], { env })
  return stdout.trim().split('\n')
}

test.each([
  ['a command', ['safe-completions', 'do'], ['doctor']],
  ['a command of a command', ['safe-completions', 'config', 'sc'], ['schema']],
  ['an option', ['safe-completions', 'build', '--off'], ['--offline']],
  ['the value of an option', ['safe-completions', 'build', '--executor', 'ba'], ['batch']],
])('bash completes %s', async (_, words, expected) => expect(await complete(words)).toEqual(expected))

test('each shell has its script, whatever the shell of the caller is', async () => {
  const [zsh, bash] = await Promise.all([
    runCli(['completion', 'zsh'], { env: { SHELL: '/bin/bash' } }),
    runCli(['completion', 'bash'], { env: { SHELL: '/bin/zsh' } }),
  ])
  expect(zsh.stdout).toMatch(/^#compdef safe-completions\n/)
  expect(bash.stdout).toContain('complete -o bashdefault -o default -F')
  expect([zsh.code, bash.code]).toEqual([0, 0])
})
