import { access, constants, stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ok, problem, warning, type Finding } from './finding.ts'

/** Ours: a build of the demo takes some 2 MB and its store 5 MB; below a tenth of a gigabyte even small sets run out. */
const leastBytes = 100e6
const enoughBytes = 1e9

/** Whether a folder that a build writes to can be written to, and how much room is left. Makes nothing. */
export async function checkFolder(check: string, folder: string): Promise<Finding> {
  const existing = await findExisting(folder)
  if (!(await stat(existing)).isDirectory()) {
    return problem(
      check,
      `expected a folder, got a file: ${existing}`,
      'Move it away, or name another folder in the config.',
    )
  }
  const isWritable = await access(existing, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  )
  if (!isWritable)
    return problem(check, `cannot write to ${existing}`, 'Give this user write access, or name another folder.')
  const { bavail, bsize } = await statfs(existing)
  const free = bavail * bsize
  const said = `${folder}: ${(free / 1e9).toFixed(1)} GB free`
  if (free < leastBytes) return problem(check, said, 'Make room: a disk that runs full ends a build.')
  if (free < enoughBytes) return warning(check, said, 'Make room before a large build.')
  return ok(check, said)
}

async function findExisting(folder: string): Promise<string> {
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  )
  return isThere || dirname(folder) === folder ? folder : await findExisting(dirname(folder))
}
