import { glob, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { UserError } from '../records/user-error.ts'
import type { InputFile } from './input-file.ts'

const isFile = async (path: string): Promise<boolean> => {
  try {
    return (await stat(path)).isFile()
  } catch {
    return false // a pattern is rarely the name of a file
  }
}

const expandPattern = async (pattern: string, baseDirectory: string): Promise<readonly string[]> => {
  if (await isFile(resolve(baseDirectory, pattern))) return [pattern]
  const names: string[] = []
  for await (const name of glob(pattern, { cwd: baseDirectory })) {
    if (await isFile(resolve(baseDirectory, name))) names.push(name)
  }
  return names.sort()
}

/**
 * The files that paths or glob patterns name, relative to `baseDirectory`: patterns in the order given, the files of one
 * pattern sorted by code unit, a file that two patterns match once. A pattern without a match is a UserError.
 */
export const findFiles = async (patterns: readonly string[], baseDirectory: string): Promise<readonly InputFile[]> => {
  const files = new Map<string, InputFile>()
  for (const pattern of patterns) {
    const names = await expandPattern(pattern, baseDirectory)
    if (names.length === 0) {
      throw new UserError('no_input_file', `expected at least one file, got none for "${pattern}"`, {
        where: baseDirectory,
        remedy: 'correct the path of the prompt source; it is relative to the folder of the config',
      })
    }
    for (const name of names) {
      const path = resolve(baseDirectory, name)
      if (!files.has(path)) files.set(path, { name, path })
    }
  }
  return [...files.values()]
}
