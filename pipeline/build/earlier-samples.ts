import { join } from 'node:path'
import { z } from 'zod'
import type { AnswerStore } from '../answers/answer-store.ts'
import type { ModelRequest } from '../records/request.ts'
import { UserError } from '../records/user-error.ts'
import type { ClassifiedPrompt } from '../records/prompt.ts'
import { readShard } from '../shards/read-shard.ts'
import { trainerFormats } from '../shards/trainer-formats.ts'
import type { Spool } from '../spool/spool.ts'
import { findCitedClauses } from '../stages/generate/cited-clauses.ts'
import { readGeneration } from '../stages/generate/read-generation.ts'
import type { EarlierSample } from '../stages/regrade/regrade.ts'
import type { ResolvedBuild } from './resolve-build.ts'
import { readManifest } from './read-manifest.ts'

const rowSchema = z.object({
  id: z.string(),
  prompt_id: z.string(),
  requests: z.array(z.string()),
  spec_digest: z.string(),
  template_digest: z.string(),
  model: z.string(),
})
type Row = z.infer<typeof rowSchema>

/**
 * The accepted answers of a build, to be looked up by prompt. Only which request bought an answer is taken from the
 * shards; the answer itself comes from the store, as in any build. Bounded memory: the rows wait in the spool.
 * @throws UserError `earlier_build` when the build's format does not carry its requests.
 */
export async function openEarlierSamples(
  folder: string,
  resolved: ResolvedBuild,
  store: AnswerStore,
  spool: Spool,
): Promise<(prompt: ClassifiedPrompt) => Promise<EarlierSample | null>> {
  const manifest = await readManifest(folder)
  const table = spool.table<Row>('earlier')
  for (const { path } of manifest.shards) {
    if (!path.endsWith('.parquet')) throw withoutRequests(folder)
    for await (const row of readShard(join(folder, path))) {
      const parsed = rowSchema.parse(row)
      table.append(parsed.prompt_id, parsed)
    }
  }
  return async (prompt) => {
    const [row] = table.read({ prefix: prompt.id }).take(1)
    if (row === undefined) return null
    const { modes, clauseIds } = resolved.specs.forCategory(prompt.category)
    const start = row.requests.findIndex((digest) => digest.startsWith(row.id.slice(2)))
    // The generation, or its repair right behind it.
    const asked: ModelRequest[] = []
    for (const [n, digest] of row.requests.slice(start, start + 2).entries()) {
      const found = await store.find(digest)
      if (found === null || found.step !== 'generate') return null
      asked.push(found.request)
      const reading = readGeneration(found.answer, modes, resolved.generate.reasoning)
      if (!reading.ok) continue
      const { id, model, spec_digest: specDigest, template_digest: templateDigest } = row
      const candidate = {
        status: 'written',
        id,
        promptId: prompt.id,
        repeat: found.request.repeat,
        requests: row.requests.slice(start, start + n + 1),
        model,
        ...reading.value,
        citedClauses: findCitedClauses(reading.value.reasoning, clauseIds),
      } as const
      return { candidate, specDigest, templateDigest, asked }
    }
    return null
  }
}

function withoutRequests(folder: string): UserError {
  const { fileKind } = trainerFormats.openai_jsonl
  return new UserError('earlier_build', `expected a build whose rows name their requests, got ${fileKind} files`, {
    where: folder,
    remedy: 'Use the strategy regenerate, or name a build in a Parquet format with --against.',
  })
}
