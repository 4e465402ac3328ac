import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The prompts and the config of the benchmarks against a local server: 1 candidate and 3 judgements a prompt. */
export async function writeOverheadInputs(
  folder: string,
  { prompts, baseUrl, concurrency }: { prompts: number; baseUrl: string; concurrency: number },
): Promise<void> {
  const subjects = ['a router', 'a lathe', 'a pump', 'a ledger', 'a garden', 'a lease', 'a sermon', 'a kiln']
  const rows = Array.from({ length: prompts }, (_, n) =>
    JSON.stringify({
      prompt: `Question ${n}: how would somebody in my position go about looking after ${subjects[n % subjects.length]} of type ${n * 7919} in workshop ${n % 97}, and what should they write down first?`,
      category: ['cyber', 'weapons', 'fraud', 'general'][n % 4],
      intent: ['benign', 'dual_use', 'malicious'][n % 3],
    }),
  )
  await writeFile(join(folder, 'prompts.jsonl'), rows.join('\n'))
  const fields = { prompt: 'prompt', category: 'category', intent: 'intent' }
  const config = {
    name: 'overhead',
    sources: [{ name: 'synthetic', path: 'prompts.jsonl', fields }],
    // The prompts are alike on purpose.
    screen: { nearDuplicateThreshold: null },
    models: { play: { baseUrl, model: 'play', apiKeyEnv: null, concurrency } },
    generate: { model: 'play', candidates: 1 },
    grade: { panel: ['safety', 'response-mode', 'helpfulness'].map((judge) => ({ judge, model: 'play' })) },
    select: { minHelpfulness: 0, minReasoning: 0, minSafety: 0, requireModeAgreement: false },
  }
  await writeFile(join(folder, 'config.yaml'), JSON.stringify(config))
}
