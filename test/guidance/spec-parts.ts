import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkSpecs } from '../../pipeline/guidance/check-specs.ts'
import { parseSpec } from '../../pipeline/guidance/parse-spec.ts'
import type { SpecProblem } from '../../pipeline/guidance/spec.ts'

export const specsFolder = join(import.meta.dirname, 'specs')

const filler = 'Words that fill the policy up to the size that it must have. '.repeat(60)
const tiny = async (name: string): Promise<string> => await readFile(join(specsFolder, 'tiny', name), 'utf8')

/** A set without problems: shared, general and locks, the last two long enough to pass. */
export const soundSet: Readonly<Record<string, string>> = {
  '_shared.md': await tiny('_shared.md'),
  'general.md': (await tiny('general.md')) + filler,
  'locks.md': (await tiny('locks.md')) + filler,
}

/** Problems of the sound set after an edit of one file, as `file:line problem`. */
export function lint(file = '', edit: (text: string) => string = (text) => text): readonly string[] {
  const set = file === '' || file in soundSet ? soundSet : { ...soundSet, [file]: '' }
  const parsed = Object.entries(set).map(([name, text]) => parseSpec(name === file ? edit(text) : text, name))
  return checkSpecs(parsed, 'full').map(describe)
}

function describe({ file, line, problem }: SpecProblem): string {
  return `${file}:${line} ${problem}`
}

/** 1-based line of the first line that starts with `start`. */
export function lineOf(text: string | undefined, start: string): number {
  return (text ?? '').split('\n').findIndex((line) => line.startsWith(start)) + 1
}
