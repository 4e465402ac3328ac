import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { isHeld } from '../build/build-folder.ts'
import { UserError } from '../records/user-error.ts'

const gatesSchema = z.object({ run: z.object({ failedGates: z.array(z.string()) }) })

/** @throws UserError `held_build` for a build that a gate held back, also when its folder was renamed. */
export async function refuseHeld(folder: string, remedy: string): Promise<void> {
  const report = gatesSchema.safeParse(
    JSON.parse(await readFile(join(folder, 'report.json'), 'utf8').catch(() => 'null')),
  )
  const gates = report.success ? report.data.run.failedGates : []
  if (gates.length === 0 && !isHeld(basename(folder))) return
  const why = gates.length === 0 ? '' : `: ${gates.join('; ')}`
  throw new UserError('held_build', `expected a build that passed its gates, got one that was held back${why}`, {
    where: folder,
    remedy,
  })
}
