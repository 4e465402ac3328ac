import type { StoredAnswer } from '../answers/answer-store.ts'
import type { FoundRow } from '../build/find-rows.ts'

/** A row of a build as text for a terminal: one line a short value, a block a long one. */
export function renderRow({ outcome, shard, row }: FoundRow): string {
  const lines = Object.entries(row)
    .filter(([name, value]) => value !== null && name !== 'requests' && name !== 'completion')
    .map(([name, value]) => renderValue(name, value))
  return [`━━ ${outcome} · ${shard}`, ...lines].join('\n')
}

export function renderAnswer({ digest, request, answer, step, createdAt, latencyMs }: StoredAnswer): string {
  const usage =
    answer.usage === null ? 'usage unknown' : `${answer.usage.promptTokens} in, ${answer.usage.completionTokens} out`
  const attempt = request.attempt === undefined ? '' : ` · asked again (${request.attempt})`
  return [
    `━━ request ${digest}`,
    `${step} · ${request.model} at ${request.endpoint} · repeat ${request.repeat}${attempt} · ${createdAt} · ${latencyMs} ms · ${usage}`,
    ...request.messages.map(({ role, content }) => block(role, content)),
    block(`answer (${answer.finish})`, [answer.reasoning, answer.text, answer.refusal].filter(Boolean).join('\n\n')),
  ].join('\n')
}

function renderValue(name: string, value: unknown): string {
  if (name === 'verdicts' && typeof value === 'string') {
    return block(name, JSON.stringify(JSON.parse(value), null, 2))
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, Array.isArray(value) ? 2 : 0)
  return text.length > 80 || text.includes('\n') ? block(name, text) : `${name.padEnd(22)} ${text}`
}

function block(title: string, text: string): string {
  return `${title}:\n${text.replace(/^/gm, '    ')}`
}
