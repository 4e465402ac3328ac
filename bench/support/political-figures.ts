import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import type { RefusalLabel } from '../../pipeline/graders/refusal/classify-refusal.ts'

const rowSchema = z.object({
  prompt: z.string(),
  response: z.string(),
  tone: z.enum(['complied', 'redirected', 'rejected', 'disclaimed', 'contradicted']),
})
export type LabelledRow = z.infer<typeof rowSchema>

/** Half of the rows is for development, the other for one look at the end; by content, so that nobody chooses. */
function isHeldOut({ prompt, response }: LabelledRow): boolean {
  return Number.parseInt(hash('sha256', prompt + response).slice(0, 2), 16) >= 128
}

/** The 700 hand-labelled answers of maxwellreuter/chatgpt-refusals, which are not in the repository: one of the halves. */
export async function readLabelledRows(part: 'development' | 'held-out', folder?: string): Promise<LabelledRow[]> {
  const root = folder ?? resolve(process.env['SHARED_DATA'] ?? '../shared/data')
  const text = await readFile(join(root, 'refusal-labels', 'political_figures.json'), 'utf8')
  const rows = z.array(rowSchema).parse(JSON.parse(text))
  return rows.filter((row) => isHeldOut(row) === (part === 'held-out'))
}

/**
 * The classes that the tones stand for, settled on development rows (docs/refusal-grader.md): a redirected answer
 * withholds the verdict it was asked for and discusses the matter.
 */
export const labelOfTone: Readonly<Record<LabelledRow['tone'], RefusalLabel>> = {
  complied: 'full_compliance',
  disclaimed: 'full_compliance',
  contradicted: 'full_compliance',
  redirected: 'partial_refusal',
  rejected: 'full_refusal',
}
