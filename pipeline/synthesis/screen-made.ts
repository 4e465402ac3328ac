import { createSpoolMemory } from '../build/collect-prompts.ts'
import { readSources } from '../importers/read-rows.ts'
import type { Prompt } from '../records/prompt.ts'
import type { SyntheticPrompt, SyntheticRejection } from '../records/synthetic-prompt.ts'
import type { Spool, SpoolTable } from '../spool/spool.ts'
import { collectOptionsSchema } from '../stages/collect/collect.ts'
import { stages } from '../stages/index.ts'
import type { TextReason } from './check-text.ts'
import { nameSlot } from './family-plan.ts'
import type { ResolvedSynthesis } from './load-synthesis.ts'
import type { Made } from './verify-draft.ts'

/**
 * The screen of a build over what was made, in order of the output: copies, prompts of evaluations, and near copies of other
 * families. Returns what it holds against a prompt, by the name of its slot.
 */
export async function screenMade(
  made: SpoolTable<Made>,
  { config, folder }: Pick<ResolvedSynthesis, 'config' | 'folder'>,
  spool: Spool,
): Promise<{ readonly find: (row: SyntheticPrompt) => TextReason | null }> {
  const reasons = spool.table<TextReason>('screened')
  const sets = readSources(config.evaluations, { baseDirectory: folder })
  const evaluations = stages.collect.run(sets, { options: collectOptionsSchema.parse({}), reject: () => undefined })
  const kept = stages.screen.run(listPrompts(made), {
    options: config.screen,
    evaluations,
    memory: createSpoolMemory(spool),
    reject: ({ location, code, detail, evidence }) => {
      if (isScreenCode(code)) reasons.append(location, { stage: 'screen', code, detail, evidence })
    },
  })
  for await (const _ of kept);
  return { find: (row) => reasons.get(nameSlot(row)) ?? null }
}

function isScreenCode(code: string): code is Extract<SyntheticRejection['code'], 'exact_duplicate'> {
  return code === 'exact_duplicate' || code === 'near_duplicate' || code === 'contaminated'
}

function* listPrompts(made: SpoolTable<Made>): Generator<Prompt> {
  for (const { row } of made.read()) {
    const { id, prompt, family, category, intent, language } = row
    const messages = [{ role: 'user', content: prompt } as const]
    yield { id, messages, family, category, intent, language, source: 'synthesis', location: nameSlot(row) }
  }
}
