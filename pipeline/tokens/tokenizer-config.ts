import { z } from 'zod'

export const encodingNames = ['o200k_base', 'o200k_harmony', 'cl100k_base'] as const
export type EncodingName = (typeof encodingNames)[number]

export const tokenizerConfigSchema = z
  .strictObject({
    file: z.string().optional().describe('The tokenizer.json of the model that will be trained; or give `encoding`.'),
    encoding: z.enum(encodingNames).optional().describe("One of OpenAI's encodings; or give `file`."),
    chatTemplate: z
      .string()
      .nullable()
      .default(null)
      .describe(
        'A chat_template.jinja or tokenizer_config.json, to count the rendered conversation. Null: texts only.',
      ),
    templateVariables: z
      .record(z.string(), z.string())
      .default({})
      .describe('What the template needs beside the messages, such as bos_token.'),
    tokensPerMessage: z
      .int()
      .min(0)
      .default(0)
      .describe('Added to the total for each message, for roles and separators; without a template only.'),
    maxTokens: z
      .int()
      .min(1)
      .nullable()
      .default(null)
      .describe('A candidate whose total is higher is rejected as too_long before siblings are compared. Null: none.'),
  })
  .describe('Counts tokens as the model that will be trained does, into four columns.')
export type TokenizerConfig = Readonly<z.infer<typeof tokenizerConfigSchema>>
