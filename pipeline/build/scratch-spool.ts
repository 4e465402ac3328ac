import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSpool, type Spool } from '../spool/spool.ts'

/**
 * A spool in a temporary folder that goes with it, for what reads builds or plans them and writes none.
 * @throws UserError `output_folder`, as `openSpool`.
 */
export async function openScratchSpool(): Promise<Spool & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'safe-completions-'))
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    const spool = openSpool(join(folder, 'spool.db'))
    const dispose = async (): Promise<void> => {
      spool.close()
      await remove()
    }
    return { ...spool, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await remove()
    throw error
  }
}
