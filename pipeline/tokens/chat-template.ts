import { Template } from '@huggingface/jinja'
import { z } from 'zod'
import { parseJson } from '../records/parse-json.ts'
import { UserError } from '../records/user-error.ts'
import { stripAsPython, stripName, stripTemplateAsPython } from './python-strip.ts'

export type ChatMessage = Readonly<Record<string, string | null>>
export type ChatTemplate = {
  /** @throws whatever the template raises about a conversation. */
  readonly render: (messages: readonly ChatMessage[]) => string
}

/** Given to a template by transformers from the tokenizer's config; one that is missing would render as nothing. */
const specialNames = [
  'bos_token',
  'eos_token',
  'pad_token',
  'unk_token',
  'cls_token',
  'sep_token',
  'mask_token',
] as const

const tokenSchema = z.union([z.string(), z.looseObject({ content: z.string() }).transform(({ content }) => content)])
const tokenizerConfigFileSchema = z.looseObject({ chat_template: z.string() })

/**
 * A chat template as transformers renders it for training: without a generation prompt, tools or documents.
 * @param text of a .jinja file, or of a tokenizer_config.json.
 * @throws UserError `chat_template`
 */
export function openChatTemplate(
  text: string,
  variables: Readonly<Record<string, string>>,
  where: string,
): ChatTemplate {
  const { source, special } = readTemplate(text, where)
  const known = { ...special, ...variables }
  if (/\bstrftime_now\b/.test(source)) {
    throw badTemplate(
      where,
      'a template that does not print the date, got one with strftime_now',
      'It gives other counts on another day. Replace the call in a copy of the template by a date.',
    )
  }
  const missing = specialNames.find((name) => new RegExp(`\\b${name}\\b`).test(source) && known[name] === undefined)
  if (missing !== undefined) {
    throw badTemplate(
      where,
      `a value for ${missing}, which the template names`,
      `Name the model's tokenizer_config.json instead, or set emit.tokenizer.templateVariables.${missing} ("" for none).`,
    )
  }
  const template = parseTemplate(source, where)
  stripTemplateAsPython(template)
  return {
    render: (messages) =>
      template.render({
        ...known,
        [stripName]: stripAsPython,
        messages: messages.map(nameReasoning),
        tools: null,
        documents: null,
        add_generation_prompt: false,
      }),
  }
}

/** As transformers 5 does, so that a template finds the reasoning under the name that it reads. */
function nameReasoning(message: ChatMessage): ChatMessage {
  const reasoning = message['reasoning_content'] ?? message['thinking'] ?? null
  return reasoning === null ? message : { thinking: reasoning, ...message, reasoning_content: reasoning }
}

function readTemplate(text: string, where: string): { source: string; special: Readonly<Record<string, string>> } {
  if (!where.endsWith('.json')) return { source: text, special: {} }
  const parsed = tokenizerConfigFileSchema.safeParse(parseJson(text))
  if (!parsed.success) {
    throw badTemplate(
      where,
      'a tokenizer_config.json whose chat_template is a text, got none',
      'Newer models keep it in a chat_template.jinja beside it: name that file, and give templateVariables.',
    )
  }
  const special: Record<string, string> = {}
  for (const name of specialNames) {
    const token = tokenSchema.safeParse(parsed.data[name])
    if (token.success) special[name] = token.data
  }
  return { source: parsed.data.chat_template, special }
}

function parseTemplate(source: string, where: string): Template {
  try {
    return new Template(source)
  } catch (error) {
    throw badTemplate(
      where,
      `a chat template that @huggingface/jinja can read, got: ${String(error)}`,
      'Leave chatTemplate out, and allow for the markup with tokensPerMessage.',
      error,
    )
  }
}

function badTemplate(where: string, problem: string, remedy: string, cause?: unknown): UserError {
  return new UserError('chat_template', `expected ${problem}`, { where, remedy, cause })
}
