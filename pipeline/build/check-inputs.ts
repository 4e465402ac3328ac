import { UserError } from '../records/user-error.ts'
import type { Manifest } from './manifest.ts'
import { inputsConfig } from './write-inputs.ts'

/** @throws UserError `no_inputs` for a build that does not hold what it was made from, as those of early versions. */
export function checkInputs(folder: string, { files }: Manifest): void {
  if (files.some(({ path }) => path === inputsConfig)) return
  throw new UserError('no_inputs', 'expected a build that holds what it was made from, got one without inputs/', {
    where: folder,
    remedy: 'Move the folder away and build again, which sends no request.',
  })
}
