/** An ordinary reply; the fields carry the names that the API uses. */
export type ScriptedCompletion = {
  readonly content: string | null
  readonly reasoning_content?: string
  readonly reasoning?: string
  readonly refusal?: string | null
  readonly finish_reason?: string
  /** The default is a small usage without details; null leaves it out. */
  readonly usage?: Readonly<Record<string, unknown>> | null
}

const defaultUsage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }

/** The body of a chat completion as JSON text. */
export function renderCompletion(scripted: ScriptedCompletion, model: string, n: number): string {
  const { finish_reason = 'stop', usage = defaultUsage, refusal = null, ...message } = scripted
  return JSON.stringify({
    id: `chatcmpl-${n}`,
    object: 'chat.completion',
    created: 0,
    model,
    choices: [{ index: 0, finish_reason, logprobs: null, message: { role: 'assistant', refusal, ...message } }],
    ...(usage === null ? {} : { usage }),
    system_fingerprint: 'scripted',
  })
}
