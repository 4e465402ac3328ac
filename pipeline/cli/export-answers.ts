import { findBuilds } from '../build/find-builds.ts'
import { readUsedRequests } from '../build/used-requests.ts'
import { writeRecordingFile } from '../answers/write-recording-file.ts'
import { UserError } from '../records/user-error.ts'
import { openHousekeeping } from './open-store.ts'

/**
 * Writes exactly the answers that a build rests on.
 * @throws UserError `missing_answers` when the store lacks some: the build could not be made again from the others.
 */
export async function exportAnswers(address: string, build: string, file: string): Promise<void> {
  const store = await openHousekeeping(address, 'read')
  try {
    const { missing } = await store.noteUse(readUsedRequests(await findBuilds([build])))
    if (missing > 0) {
      throw new UserError(
        'missing_answers',
        `expected every answer of the build in the store, got all but ${missing}`,
        {
          where: address,
          remedy: 'Name the store that the build was made with, or leave out --with-answers.',
        },
      )
    }
    const entries = store.entries({ use: 'used', step: undefined, category: undefined })
    await writeRecordingFile(entries, await store.listRetries(), file)
  } finally {
    await store.close()
  }
}
