import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { UserError } from '../records/user-error.ts'
import type { TokenizerConfig } from './tokenizer-config.ts'

/** The files that token counts depend on, as the config names them, with their SHA-256. */
export async function digestTokenizerFiles(
  config: TokenizerConfig | null,
  folder: string,
): Promise<Readonly<Record<string, string>>> {
  const names = [config?.file, config?.chatTemplate].filter((name) => typeof name === 'string')
  const digests = names.map(async (name) => [name, hash('sha256', await readTokenizerFile(folder, name))] as const)
  return Object.fromEntries(await Promise.all(digests))
}

/** @throws UserError `tokenizer_file` */
export async function readTokenizerFile(folder: string, name: string): Promise<string> {
  try {
    return await readFile(resolve(folder, name), 'utf8')
  } catch (error) {
    throw new UserError('tokenizer_file', `expected a file that emit.tokenizer names, got none that can be read`, {
      where: resolve(folder, name),
      remedy: 'Paths are relative to the config file. Copy it from the folder of the model that will be trained.',
      cause: error,
    })
  }
}
