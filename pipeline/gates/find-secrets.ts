import { lintSource } from '@secretlint/core'
import { secretLintProfiler } from '@secretlint/profiler'
import { rules } from '@secretlint/secretlint-rule-preset-recommend'
import type { SensitiveText } from '../graders/rules/find-sensitive.ts'

const rulePrefix = '@secretlint/secretlint-rule-'

/** It lets a comment in the text switch the scan off, and the text is a model's. */
const commentRule = `${rulePrefix}filter-comments`

// The rules of the preset one by one: within a preset, secretlint 13.1 does not heed that one of them is disabled.
const config = {
  rules: rules.filter(({ meta }) => meta.id !== commentRule).map((rule) => ({ id: rule.meta.id, rule })),
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
