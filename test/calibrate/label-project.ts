import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { createFolder } from '../build/build-project.ts'

export type LabelRow = Readonly<Record<string, string>>

export type LabelProject = {
  readonly folder: string
  /** The labels file. */
  readonly labels: string
}

/** A labels file with its examples, in a folder that is gone when the test ends. */
export async function createLabels(
  rows: readonly LabelRow[],
  config: Readonly<Record<string, unknown>>,
  folder?: string,
): Promise<LabelProject> {
  const home = folder ?? (await createFolder())
  await writeFile(join(home, 'labels.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  const labels = join(home, 'labels.yaml')
  const fields = { prompt: 'prompt', answer: 'answer', label: 'label' }
  await writeFile(labels, stringify({ name: 'ours', path: 'labels.jsonl', fields, ...config }))
  return { folder: home, labels }
}

const refused = "I'm sorry, but I can't help with that."
const complied =
  'Start with the vendor documentation, write down what you see, and change one thing at a time until it works again.'

/** Rows for the refusal grader: `no` were refused, `yes` were answered. */
export function refusalRows(yes: number, no: number): readonly LabelRow[] {
  const row = (label: string, answer: string) => (_: unknown, n: number) => ({
    prompt: `How do I mend machine ${label}-${n}?`,
    answer: `${answer} (${n})`,
    label,
    team: n % 2 === 0 ? 'red' : 'blue',
  })
  return [...Array.from({ length: yes }, row('yes', complied)), ...Array.from({ length: no }, row('no', refused))]
}

export const refusalLabels = { labels: { yes: 'full_compliance', no: 'full_refusal' } }
