import { openAsBlob } from 'node:fs'
import {
  commit,
  createBranch,
  createRepo,
  datasetInfo,
  HubApiError,
  listFiles,
  whoAmI,
  type CommitOperation,
} from '@huggingface/hub'
import { z } from 'zod'
import { parseJson } from '../../records/parse-json.ts'
import type { SetFile } from '../published-set.ts'
import { explainHubFailure } from './hub-failure.ts'

export type HubAccess = {
  readonly repository: string
  readonly token: string
  /** Without a slash at its end. */
  readonly hubUrl: string
  /** Tries again what may pass. */
  readonly fetch: typeof fetch
  readonly signal: AbortSignal
}

export type Gating = 'auto' | 'manual' | false
export type RepositoryState = { readonly isPrivate: boolean; readonly gated: Gating }
export type RemoteFile = {
  readonly path: string
  readonly size: number
  /** SHA-256 of a large file; null for one in git itself. */
  readonly sha256: string | null
  /** SHA-1 of the git blob. */
  readonly oid: string
}
export type Commit = {
  readonly branch: string
  readonly parent: string
  readonly title: string
  readonly description: string
  readonly upload: readonly SetFile[]
  readonly delete: readonly string[]
}

const stateSchema = z.object({ private: z.boolean(), gated: z.union([z.literal(false), z.enum(['auto', 'manual'])]) })
const bodySchema = z.record(z.string(), z.json())
const tagsSchema = z.object({ tags: z.array(z.object({ name: z.string(), targetCommit: z.string() })) })

/** A data-set repository on the hub, as far as publishing needs it. Every failure is thrown as the user's or the hub's. */
export type HubRepository = ReturnType<typeof openHubRepository>

export function openHubRepository(access: HubAccess) {
  const { repository, token: accessToken, hubUrl, signal } = access
  const shared = { hubUrl, accessToken, fetch: access.fetch }
  const repo = { type: 'dataset', name: repository } as const
  const during = async <T>(doing: string, step: () => Promise<T>): Promise<T> => {
    try {
      return await step()
    } catch (error) {
      signal.throwIfAborted()
      throw explainHubFailure(error, repository, doing)
    }
  }
  const call = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const response = await access.fetch(`${hubUrl}${path}`, {
      ...init,
      headers: {
        authorization: `Bearer ${accessToken}`,
        ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
    })
    if (response.ok) return response
    const error = new HubApiError(hubUrl, response.status)
    // A proxy's page is no JSON.
    error.data = bodySchema.catch({}).parse(parseJson(await response.text()))
    throw error
  }
  const api = `/api/datasets/${repository}`
  return {
    checkToken: () => during('checking the token', async () => void (await whoAmI(shared))),
    /** Null when there is none that the token may see. */
    describe: () =>
      during('looking for the repository', async (): Promise<RepositoryState | null> => {
        const found = await orNull([401, 404], () => datasetInfo({ ...shared, name: repository }))
        if (found === null) return null
        const { private: isPrivate, gated } = stateSchema.parse(found)
        return { isPrivate, gated }
      }),
    create: (visibility: 'private' | 'public') =>
      during('creating the repository', async () => {
        // 409: it is there, made by an earlier try whose answer was lost.
        await orNull([409], () => createRepo({ ...shared, repo, visibility }))
      }),
    setGating: (gated: Gating) =>
      during('setting who may ask for access', async () => {
        await call(`${api}/settings`, { method: 'PUT', body: JSON.stringify({ gated }) })
      }),
    /** The newest commit of a branch; null when there is no such branch. */
    readHead: (branch: string) =>
      during('reading the branch', async () => {
        const found = await orNull([404], () =>
          datasetInfo({ ...shared, name: repository, revision: branch, additionalFields: ['sha'] }),
        )
        return found === null ? null : z.string().parse(found.sha)
      }),
    createBranch: (branch: string) =>
      during('creating the branch', async () => {
        await orNull([409], () => createBranch({ ...shared, repo, branch }))
      }),
    listFiles: (revision: string) =>
      during('listing the files', async () => {
        const files: RemoteFile[] = []
        for await (const { type, path, size, oid, lfs } of listFiles({ ...shared, repo, revision, recursive: true })) {
          if (type === 'file') files.push({ path, size, oid: oid ?? '', sha256: lfs?.oid ?? null })
        }
        return files
      }),
    readFile: (path: string, revision: string) =>
      during(
        `reading ${path}`,
        async () => await (await call(`/datasets/${repository}/resolve/${revision}/${path}`)).text(),
      ),
    /** The new commit; null when the branch has moved on from its parent, and nothing was changed. */
    commit: ({ branch, parent, title, description, upload, delete: gone }: Commit) =>
      during('uploading', async () => {
        const operations: CommitOperation[] = gone.map((path) => ({ operation: 'delete', path }))
        for (const { path, content } of upload) {
          const blob = typeof content === 'string' ? await openAsBlob(content) : new Blob([content])
          operations.push({ operation: 'addOrUpdate', path, content: blob })
        }
        // useXet: its client keeps state between files and has no test server; the hub takes LFS uploads as before.
        const settings = { ...shared, repo, branch, parentCommit: parent, title, description, operations }
        const made = await orNull([409, 412], () => commit({ ...settings, useXet: false, abortSignal: signal }))
        return made === null ? null : made === undefined ? parent : made.commit.oid
      }),
    listTags: () =>
      during('reading the tags', async () => tagsSchema.parse(await (await call(`${api}/refs`)).json()).tags),
    tag: (name: string, revision: string) =>
      during('tagging the commit', async () => {
        const body = JSON.stringify({ tag: name })
        await orNull([409], () => call(`${api}/tag/${revision}`, { method: 'POST', body }))
      }),
  }
}

async function orNull<T>(statuses: readonly number[], step: () => Promise<T>): Promise<T | null> {
  try {
    return await step()
  } catch (error) {
    if (error instanceof HubApiError && statuses.includes(error.statusCode)) return null
    throw error
  }
}
