import { z } from 'zod'
import { addCommit, type HubRepo } from './hub-repositories.ts'
import type { HubReply, HubState } from './hub-routes.ts'

const headerSchema = z.strictObject({
  key: z.literal('header'),
  value: z.strictObject({ summary: z.string(), description: z.string(), parentCommit: z.string() }),
})
const operationSchema = z.discriminatedUnion('key', [
  z.strictObject({
    key: z.literal('file'),
    value: z.strictObject({ path: z.string(), content: z.base64(), encoding: z.literal('base64') }),
  }),
  z.strictObject({
    key: z.literal('lfsFile'),
    value: z.strictObject({ path: z.string(), algo: z.literal('sha256'), oid: z.string(), size: z.int() }),
  }),
  z.strictObject({ key: z.literal('deletedFile'), value: z.strictObject({ path: z.string() }) }),
])

/** One commit: all of its operations or none. */
export function commitFiles(state: HubState, repo: HubRepo, branch: string, body: Uint8Array): HubReply {
  const refuse = (status: number, error: string): HubReply => ({ status, body: { error } })
  const [first = '', ...lines] = new TextDecoder().decode(body).split('\n')
  const { summary, description, parentCommit } = headerSchema.parse(JSON.parse(first)).value
  const head = repo.commits.get(repo.branches.get(branch) ?? '')
  if (head === undefined) return refuse(404, 'Invalid rev id')
  if (head.oid !== parentCommit) return refuse(412, 'A commit has happened since. Please refresh and try again.')
  const files = new Map(head.files)
  for (const line of lines) {
    const { key, value } = operationSchema.parse(JSON.parse(line))
    if (key === 'file')
      files.set(value.path, { bytes: new Uint8Array(Buffer.from(value.content, 'base64')), isLfs: false })
    else if (key === 'lfsFile') {
      const bytes = state.objects.get(value.oid)
      if (bytes?.length !== value.size) return refuse(400, `no object ${value.oid} was uploaded`)
      files.set(value.path, { bytes, isLfs: true })
    } else if (!files.delete(value.path)) return refuse(400, `there is no file ${value.path}`)
  }
  const { oid } = addCommit(repo, branch, summary, description, files)
  return {
    status: 200,
    body: { success: true, commitOid: oid, commitUrl: `${state.url}/commit/${oid}`, hookOutput: '' },
  }
}
