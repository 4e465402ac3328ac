import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const packageFile = join(import.meta.dirname, '../../package.json')

/** The version of this package. Looked at without zod, which `--help` and completion would load for nothing else. */
export function readVersion(): string {
  const found: unknown = JSON.parse(readFileSync(packageFile, 'utf8'))
  if (typeof found === 'object' && found !== null && 'version' in found && typeof found.version === 'string') {
    return found.version
  }
  throw new Error(`expected a version in ${packageFile}, got none`)
}
