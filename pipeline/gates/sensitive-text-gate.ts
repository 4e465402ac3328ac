import { rowTexts } from '../config/gates-config.ts'
import { findSensitive, maskSensitive, type SensitiveText } from '../graders/rules/find-sensitive.ts'
import type { GateRow } from './gate-subject.ts'
import type { Gate } from './gate.ts'

type RowText = (typeof rowTexts)[number]

/**
 * Looks at every text that a trainer reads, prompts too: the rule `secrets-and-pii` lets an answer repeat what its prompt
 * says, and looks at no prompt. What is found is told masked.
 */
export const sensitiveTextGate: Gate = {
  name: 'sensitive_text',
  async judge({ gates: { sensitiveText: limit }, subject }, sink) {
    if (limit === null) return null
    // Here and not above: few builds scan, and the scanner is 1.4 MB of source.
    const { findSecrets } = await import('./find-secrets.ts')
    const find = async (text: string): Promise<readonly SensitiveText[]> => [
      ...(limit.secrets ? await findSecrets(text) : []),
      ...findSensitive(text).filter(({ isPersonal }) => (isPersonal ? limit.personalData : limit.secrets)),
    ]
    const fields = rowTexts.filter((field) => limit.fields.includes(field))
    let rows = 0
    for await (const row of subject.rows()) {
      rows += 1
      for (const field of fields) {
        for (const one of dropNested(await find(textOf(row, field)))) {
          const { id, promptId } = row
          sink.add({
            row: id,
            promptId,
            what: `(${field}) holds ${one.kind}`,
            evidence: [`field: ${field}`, maskSensitive(one)],
          })
        }
      }
    }
    return {
      limit: { ...limit, findings: 0 },
      measured: { findings: sink.count(), rows },
      summary: `${sink.count()} findings in ${rows} rows`,
      failures: sink.describe('secret or personal datum in a row', 'secrets or personal data in rows'),
    }
  },
}

function textOf({ prompt, reasoning, answer }: GateRow, field: RowText): string {
  switch (field) {
    case 'prompt':
      return prompt.map(({ content }) => content).join('\n\n')
    case 'reasoning':
      return reasoning
    case 'answer':
      return answer
  }
}

/** Both scanners know some keys: what one found within a finding of the other is told once. */
function dropNested(found: readonly SensitiveText[]): readonly SensitiveText[] {
  return found.filter(({ value }, n) => !found.some((other, m) => m < n && other.value.includes(value)))
}
