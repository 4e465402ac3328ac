import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/*
 * Makes dist/ of pipeline/ for a package (docs/decisions/0021-package.md): JavaScript and declarations, and beside them
 * what the program reads while it runs. dist/ stands where pipeline/ stands, so that paths from a module to specs/,
 * prompts/ and data/ are the same in both.
 */

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')

rmSync(dist, { recursive: true, force: true })
const tsc = join(root, 'node_modules/typescript/bin/tsc')
execFileSync(process.execPath, [tsc, '--project', join(root, 'packaging/tsconfig.json')], { stdio: 'inherit' })
const isSource = (path: string): boolean => path.endsWith('.ts') && !path.endsWith('.d.ts')
cpSync(join(root, 'pipeline'), dist, { recursive: true, filter: (path) => !isSource(path) })
chmodSync(join(dist, 'cli/main.js'), 0o755)
