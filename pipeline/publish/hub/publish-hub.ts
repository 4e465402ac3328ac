import { UserError } from '../../records/user-error.ts'
import { PublishFailure } from '../publish-failure.ts'
import type { PublishOptions, PublishOutcome, PublishPlan } from '../publish-outcome.ts'
import type { PublishedSet } from '../published-set.ts'
import { showTarget, type HubTarget } from '../publish-target.ts'
import { compareRemote, type RemoteDifference } from './compare-remote.ts'
import { createHubFetch } from './hub-fetch.ts'
import { openHubRepository, type Gating, type HubRepository } from './hub-repository.ts'

export type HubOptions = PublishOptions & {
  readonly token: string
  readonly hubUrl: string
  /** The user said that everyone may read it. */
  readonly isPublic: boolean
  readonly gating: Gating
  readonly maxTries?: number
  readonly baseDelayMs?: number
}

const emptyDifference: RemoteDifference = { upload: [], skip: [], stale: [], foreign: [] }

/**
 * One commit brings the whole set, or none of it: changed files are added and files of the set before are deleted in it.
 * It names the commit that it was compared with as its parent, so a publisher that was faster is noticed by the hub.
 * A branch that is at this very set already gets no commit. The tag comes last; a rerun sets one that is missing.
 */
export async function publishToHub(set: PublishedSet, target: HubTarget, options: HubOptions): Promise<PublishOutcome> {
  const { isDryRun, signal, note, token, hubUrl, maxTries = 6, baseDelayMs = 1000 } = options
  const fetch = createHubFetch({ signal, maxTries, baseDelayMs, note })
  const hub = openHubRepository({ repository: target.repository, token, hubUrl, fetch, signal })
  await hub.checkToken()
  const notes = [...(await prepareRepository(hub, target, options))]
  const branch = await prepareBranch(hub, target, isDryRun)
  if (branch.isNew) notes.push(`branch ${target.branch} is made`)
  const compare = async (head: string): Promise<RemoteDifference> => {
    const remote = await hub.listFiles(head)
    const hasManifest = remote.some(({ path }) => path === 'manifest.json')
    return await compareRemote(set, remote, hasManifest ? await hub.readFile('manifest.json', head) : null)
  }
  const { head } = branch
  const difference =
    head === null ? { ...emptyDifference, upload: [...set.files, set.manifestFile] } : await compare(head)
  const plan = toPlan(difference, notes)
  const isChanged = difference.upload.length > 0 || difference.stale.length > 0
  if (isDryRun || head === null) {
    return { status: isChanged || notes.length > 0 ? 'planned' : 'unchanged', plan, revision: head }
  }
  if (!isChanged) {
    const isTagged = await tag(hub, set.buildId, head)
    return { status: isTagged || notes.length > 0 ? 'published' : 'unchanged', plan, revision: head }
  }
  const made = await hub.commit({
    branch: target.branch,
    parent: head,
    title: `Publish ${set.buildId}`,
    description: `${set.manifest.name}: ${set.manifest.counts.accepted} rows. SHA-256 of the build's manifest: ${set.manifest.published?.manifestSha256 ?? ''}`,
    upload: difference.upload,
    delete: difference.stale.map(({ path }) => path),
  })
  const revision = made ?? (await findOwnCommit(hub, target, compare))
  await tag(hub, set.buildId, revision)
  return { status: 'published', plan, revision }
}

/** Private and gated unless told otherwise; returns what changes. */
async function prepareRepository(
  hub: HubRepository,
  target: HubTarget,
  { isPublic, gating, isDryRun }: HubOptions,
): Promise<readonly string[]> {
  const found = await hub.describe()
  const notes: string[] = []
  if (found === null) {
    notes.push(`repository ${target.repository} is made, ${isPublic ? 'public' : 'private'}`)
    if (!isDryRun) await hub.create(isPublic ? 'public' : 'private')
  } else if (!found.isPrivate && found.gated === false && !isPublic) {
    throw new UserError('public_repository', 'expected a private or gated repository, got one that everyone may read', {
      where: showTarget(target),
      remedy: 'Make it private or gated in its settings on the hub, or say --public if everyone shall read it.',
    })
  }
  if (gating !== false && (found === null || found.gated === false) && !isPublic) {
    notes.push(`access is asked for (gated: ${gating})`)
    if (!isDryRun) await hub.setGating(gating)
  }
  return notes
}

type BranchState = { readonly head: string | null; readonly isNew: boolean }

async function prepareBranch(hub: HubRepository, { branch }: HubTarget, isDryRun: boolean): Promise<BranchState> {
  const head = await hub.readHead(branch)
  if (head !== null) return { head, isNew: false }
  // A dry run has made no repository either; a branch would start from what `main` has.
  if (isDryRun) return { head: branch === 'main' ? null : await hub.readHead('main'), isNew: branch !== 'main' }
  await hub.createBranch(branch)
  const made = await hub.readHead(branch)
  if (made === null) throw new PublishFailure(`the hub does not show the branch ${branch} that it made`)
  return { head: made, isNew: true }
}

/** The branch moved: by a commit of ours whose answer was lost, or by somebody else's. */
async function findOwnCommit(
  hub: HubRepository,
  { branch }: HubTarget,
  compare: (head: string) => Promise<RemoteDifference>,
): Promise<string> {
  const head = await hub.readHead(branch)
  const { upload, stale } = head === null ? emptyDifference : await compare(head)
  if (head === null || upload.length > 0 || stale.length > 0) {
    throw new PublishFailure(`somebody else committed to ${branch} meanwhile, so nothing was changed`)
  }
  return head
}

/** Marks the first commit with a build by its id. Returns whether that was new. */
async function tag(hub: HubRepository, buildId: string, revision: string): Promise<boolean> {
  if ((await hub.listTags()).some(({ name }) => name === buildId)) return false
  await hub.tag(buildId, revision)
  return true
}

function toPlan({ upload, skip, stale, foreign }: RemoteDifference, notes: readonly string[]): PublishPlan {
  const left = foreign.map((path) => `${path} is left as it is: it was not published from here`)
  return {
    upload: upload.map(({ path, bytes }) => ({ path, bytes })),
    skip: skip.map(({ path, bytes }) => ({ path, bytes })),
    delete: stale.map(({ path, size }) => ({ path, bytes: size })),
    notes: [...notes, ...left],
  }
}
