import { lintSource } from '@secretlint/core'
import { secretLintProfiler } from '@secretlint/profiler'
import { creator } from '@secretlint/secretlint-rule-preset-recommend'
import type { SensitiveText } from '../graders/rules/find-sensitive.ts'

const presetId = '@secretlint/secretlint-rule-preset-recommend'
const rulePrefix = '@secretlint/secretlint-rule-'

const config = {
  rules: [
    {
      id: presetId,
      rule: creator,
      // It lets a comment in the text switch the scan off, and the text is a model's.
      rules: [{ id: `${rulePrefix}filter-comments`, disabled: true }],
    },
  ],
}

/** Secrets of a text by secretlint's recommended rules. The rule's own message may hold the secret and is not kept. */
export async function findSecrets(text: string): Promise<readonly SensitiveText[]> {
  // It notes a time for each rule and text, and would keep them all.
  secretLintProfiler.setEnabled(false)
  const source = { content: text, filePath: 'row.txt', ext: '.txt', contentType: 'text' } as const
  const { messages } = await lintSource({ source, options: { config, maskSecrets: true, noPhysicFilePath: true } })
  return messages.map(({ ruleId, messageId, range: [start, end] }) => ({
    kind: `${ruleId.replace(rulePrefix, '')} ${messageId}`,
    value: text.slice(start, end),
    isPersonal: false,
  }))
}
