import { z } from 'zod'
import type { Answer, Usage } from '../records/answer.ts'

const count = z.int().nonnegative().nullish().catch(null)

const wireUsageSchema = z.object({
  prompt_tokens: z.int().nonnegative(),
  completion_tokens: z.int().nonnegative(),
  prompt_tokens_details: z.object({ cached_tokens: count }).nullish().catch(null),
  completion_tokens_details: z.object({ reasoning_tokens: count }).nullish().catch(null),
})

/** What we read of a chat completion; compatible servers add fields, leave some out and send others as null. */
const completionSchema = z.object({
  id: z.string().catch(''),
  model: z.string().catch(''),
  choices: z.array(
    z.object({
      finish_reason: z.string().nullish(),
      message: z.object({
        content: z.string().nullish(),
        refusal: z.string().nullish(),
        reasoning_content: z.string().nullish(),
        reasoning: z.string().nullish().catch(null),
      }),
    }),
  ),
  usage: wireUsageSchema.nullish().catch(null),
})

/** Finish reasons of a generation that the server itself gave up: OpenRouter, vLLM, DeepSeek. */
const brokenOff: ReadonlySet<string> = new Set(['error', 'abort', 'insufficient_system_resource'])

export type CompletionReading =
  { readonly ok: true; readonly answer: Answer } | { readonly ok: false; readonly problem: string }

/**
 * Reads the decoded body of a reply with status 200: an HTML page (a string) or one without a choice is not ok. A choice
 * with null content is paid for, so it is an answer with empty text.
 */
export function readCompletion(body: unknown): CompletionReading {
  const parsed = completionSchema.safeParse(body)
  const choice = parsed.data?.choices[0]
  if (!parsed.success || choice === undefined) {
    return { ok: false, problem: `expected a chat completion, got ${JSON.stringify(body) ?? 'an empty body'}` }
  }
  const { id, model, usage } = parsed.data
  const { message, finish_reason } = choice
  if (finish_reason && brokenOff.has(finish_reason)) {
    return { ok: false, problem: `expected a whole reply, got one that the server ended with "${finish_reason}"` }
  }
  const finish = readFinish(finish_reason, message.refusal)
  const { thought, text } = splitThink(message.content ?? '')
  const reasoning = [message.reasoning_content || message.reasoning, thought].filter(Boolean).join('\n')
  return {
    ok: true,
    answer: {
      finish,
      text,
      reasoning,
      refusal: message.refusal ?? '',
      usage: usage ? toUsage(usage) : null,
      servedModel: model,
      responseId: id,
    },
  }
}

function readFinish(reason: string | null | undefined, refusal: string | null | undefined): Answer['finish'] {
  if (refusal) return 'refused'
  if (reason === 'content_filter') return 'content_filter'
  if (reason === 'length') return 'truncated'
  return 'complete'
}

/** Parts a leading `<think>` block from the text after it; one that was never closed is all reasoning. */
function splitThink(content: string): { thought: string; text: string } {
  const open = /^\s*<think>/.exec(content)
  if (open === null) return { thought: '', text: content }
  const start = open[0].length
  const end = content.indexOf('</think>', start)
  if (end === -1) return { thought: content.slice(start).trim(), text: '' }
  return { thought: content.slice(start, end).trim(), text: content.slice(end + '</think>'.length).trimStart() }
}

function toUsage(usage: z.infer<typeof wireUsageSchema>): Usage {
  return {
    promptTokens: usage.prompt_tokens,
    completionTokens: usage.completion_tokens,
    cachedPromptTokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
    reasoningTokens: usage.completion_tokens_details?.reasoning_tokens ?? 0,
  }
}
