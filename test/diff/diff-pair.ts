import { join } from 'node:path'
import { diffBuilds, type BuildDiff } from '../../pipeline/diff/diff-builds.ts'
import type { ChangedPrompt } from '../../pipeline/diff/movers.ts'
import { withTemporaryFolder } from '../shards/temporary-folder.ts'
import { writeHandMadeBuild, type HandMadeBuild } from './hand-made-build.ts'

export type DiffedPair = { readonly diff: BuildDiff; readonly changed: readonly ChangedPrompt[] }

/** Writes both builds, compares them, and keeps every changed prompt. */
export async function diffPair(a: HandMadeBuild, b: HandMadeBuild, top = 10): Promise<DiffedPair> {
  return await withTemporaryFolder(async (folder) => {
    await writeHandMadeBuild(join(folder, 'a'), a)
    await writeHandMadeBuild(join(folder, 'b'), b)
    const changed: ChangedPrompt[] = []
    const onChange = (one: ChangedPrompt): void => void changed.push(one)
    const diff = await diffBuilds(join(folder, 'a'), join(folder, 'b'), { top, onChange })
    return { diff, changed }
  })
}
