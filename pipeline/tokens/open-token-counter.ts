import type { Sample } from '../records/sample.ts'
import type { MeasuredLength, TokenCount } from '../records/token-count.ts'
import type { TrainerFormat } from '../shards/formats/trainer-format.ts'
import type { ChatMessage, ChatTemplate } from './chat-template.ts'
import type { Encoder } from './encoder.ts'
import { openOpenaiEncoder } from './openai-encoder.ts'
import type { TokenizerConfig } from './tokenizer-config.ts'
import { readTokenizerFile } from './tokenizer-files.ts'

export type TokenCounter = {
  readonly measure: (sample: Sample) => MeasuredLength
}

/**
 * Counts samples in the trainer format of the build, as docs/trainers.md says.
 * @param folder what the config's paths are relative to.
 * @throws UserError `tokenizer`, `tokenizer_file`, `chat_template`
 */
export async function openTokenCounter(
  config: TokenizerConfig,
  format: TrainerFormat,
  folder: string,
): Promise<TokenCounter> {
  const encoder = await openEncoder(config, folder)
  const template = await openTemplate(config, folder)
  const { tokensPerMessage, maxTokens } = config
  return {
    measure: (sample) => {
      const completion = format.renderCompletion(sample)
      const rendered = format.renderText?.(sample) ?? renderChat(template, [...sample.prompt, completion])
      if (typeof rendered === 'object' && rendered !== null) return rendered
      const prompt = countTexts(encoder, sample.prompt)
      const total =
        rendered === null
          ? prompt + countTexts(encoder, [completion]) + tokensPerMessage * (sample.prompt.length + 1)
          : encoder.countRendered(rendered)
      const tokens = {
        prompt,
        reasoning: encoder.countText(sample.reasoning),
        answer: encoder.countText(sample.answer),
        total,
      }
      return maxTokens === null || total <= maxTokens
        ? { status: 'fits', tokens }
        : { status: 'misfit', code: 'too_long', detail: describeExcess(tokens, maxTokens) }
    },
  }
}

async function openEncoder({ file, encoding }: TokenizerConfig, folder: string): Promise<Encoder> {
  if (file !== undefined) {
    const { openHubEncoder } = await import('./hub-encoder.ts')
    return openHubEncoder(await readTokenizerFile(folder, file), file)
  }
  if (encoding !== undefined) return await openOpenaiEncoder(encoding)
  throw new Error('emit.tokenizer names neither a file nor an encoding')
}

async function openTemplate(
  { chatTemplate, templateVariables }: TokenizerConfig,
  folder: string,
): Promise<ChatTemplate | null> {
  if (chatTemplate === null) return null
  const { openChatTemplate } = await import('./chat-template.ts')
  return openChatTemplate(await readTokenizerFile(folder, chatTemplate), templateVariables, chatTemplate)
}

/** Null without a template. What a template raises is about the conversation: its row could not be trained on. */
function renderChat(
  template: ChatTemplate | null,
  conversation: readonly ChatMessage[],
): string | (MeasuredLength & { status: 'misfit' }) | null {
  if (template === null) return null
  try {
    return template.render(conversation)
  } catch (error) {
    const detail = `the chat template refuses the conversation: ${error instanceof Error ? error.message : String(error)}`
    return { status: 'misfit', code: 'format_conflict', detail }
  }
}

/** Every text of every message but its role. */
function countTexts(encoder: Encoder, messages: readonly ChatMessage[]): number {
  return messages.reduce((sum, { role: _role, ...texts }) => {
    const counts = Object.values(texts).map((text) => (text === null ? 0 : encoder.countText(text)))
    return counts.reduce((all, count) => all + count, sum)
  }, 0)
}

function describeExcess({ total, prompt, reasoning, answer }: TokenCount, maxTokens: number): string {
  return `${total} tokens are more than maxTokens ${maxTokens} (prompt ${prompt}, reasoning ${reasoning}, answer ${answer})`
}
