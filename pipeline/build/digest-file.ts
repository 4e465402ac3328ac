import { createHash, hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** SHA-256 of a file, hex, streamed. */
export async function digestFile(path: string): Promise<string> {
  const digest = createHash('sha256')
  for await (const chunk of createReadStream(path)) digest.update(chunk)
  return digest.digest('hex')
}

const sources = new Map<string, Promise<string>>()

/** SHA-256 over the program's source files below a folder, hex. They are read once: what runs does not change any more. */
export async function digestSources(folder: string): Promise<string> {
  const known = sources.get(folder)
  if (known !== undefined) return await known
  const digest = digestFolder(folder)
  sources.set(folder, digest)
  return await digest
}

async function digestFolder(folder: string): Promise<string> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => /\.(?:ts|js|sql|css)$/.test(name))
  const digests: string[] = []
  // Read whole, which for files as small as these takes half the CPU of a stream.
  for (const name of names.toSorted()) digests.push(hash('sha256', await readFile(join(folder, name))))
  return hash('sha256', digests.join('\n'))
}
