import { z } from 'zod'
import { createNonce } from '../graders/fence.ts'
import type { Templates } from '../guidance/load-guidance.ts'
import type { SpecSet } from '../guidance/spec-set.ts'
import { askInForm, type FormedReply } from '../models/ask-in-form.ts'
import type { ModelPort } from '../models/model-port.ts'
import { createRequest, type ModelRole } from '../models/model-role.ts'
import { readJson } from '../models/read-json.ts'
import { toResponseSchema } from '../models/response-schema.ts'
import type { Intent } from '../records/prompt.ts'
import type { FamilyJob } from './family-plan.ts'
import type { SynthesisRoles } from './load-synthesis.ts'
import { nameLanguage } from './name-language.ts'
import type { SynthesisConfig } from './synthesis-config.ts'

export type AskContext = {
  readonly config: SynthesisConfig
  readonly specs: SpecSet
  readonly templates: Templates
  readonly roles: SynthesisRoles
  readonly models: ModelPort
}

/** The three questions to a writer. Every text is as it came but for space around it and halves of characters. */
export type TextAsker = {
  /** Intent to prompt; empty where the model gave none. */
  readonly write: (job: FamilyJob) => Promise<FormedReply<ReadonlyMap<Intent, string>>>
  /** As many wordings as the config asks for. */
  readonly paraphrase: (text: string, category: string) => Promise<FormedReply<readonly string[]>>
  readonly translate: (text: string, language: string, category: string) => Promise<FormedReply<string>>
}

export function createTextAsker({ config, specs, templates, roles, models }: AskContext): TextAsker {
  const { intents, paraphrases, languages, rules } = config
  const [first = ''] = languages
  const repair = templates.get('repair/form')
  const max_characters = rules.maxCharacters
  const prompts = z.strictObject({
    task: z.string(),
    ...Object.fromEntries(intents.map((intent) => [intent, z.string()])),
  })
  const wordings = z.strictObject({ wordings: z.array(z.string()) })
  const exactly = wordings.refine((reply) => reply.wordings.length === paraphrases, {
    error: `expected ${paraphrases} wordings`,
    path: ['wordings'],
  })
  const translation = z.strictObject({ translation: z.string() })
  const schemas = {
    write: toResponseSchema('prompt_variants', prompts),
    paraphrase: toResponseSchema('prompt_wordings', wordings),
    translate: toResponseSchema('prompt_translation', translation),
  }
  const ask = async <T>(
    step: keyof typeof schemas,
    variables: Parameters<ReturnType<Templates['get']>['render']>[0],
    { category, repeat, schema }: { readonly category: string; readonly repeat: number; readonly schema: z.ZodType<T> },
  ): Promise<FormedReply<T>> => {
    const role: ModelRole = roles[step]
    const messages = templates.get(config[step].template).render({ ...variables, max_characters })
    const request = createRequest(role, messages, schemas[step], repeat)
    const purpose = { step: `synthesize:${step}`, category }
    return await askInForm(models, request, purpose, repair, (answer) => readJson(answer, schema))
  }
  return {
    async write({ topic, draw }) {
      const { text, notes, category } = topic
      const spec = specs.specs.get(category)
      const variables = {
        topic: text,
        notes,
        category_title: spec?.title ?? category,
        category_summary: spec?.summary ?? '',
        intents,
        language: spellOut(first),
        nonce: createNonce(text, notes ?? ''),
      }
      const reply = await ask('write', variables, { category, repeat: draw, schema: prompts })
      if (reply.status !== 'read') return reply
      const texts = new Map<string, string>(Object.entries(reply.value))
      return { ...reply, value: new Map(intents.map((intent) => [intent, clean(texts.get(intent) ?? '')])) }
    },
    async paraphrase(text, category) {
      const variables = { prompt: text, count: paraphrases, language: spellOut(first), nonce: createNonce(text) }
      const reply = await ask('paraphrase', variables, { category, repeat: 0, schema: exactly })
      return reply.status === 'read' ? { ...reply, value: reply.value.wordings.map(clean) } : reply
    },
    async translate(text, language, category) {
      const variables = { prompt: text, language: spellOut(language), nonce: createNonce(text) }
      const reply = await ask('translate', variables, { category, repeat: 0, schema: translation })
      return reply.status === 'read' ? { ...reply, value: clean(reply.value.translation) } : reply
    },
  }
}

function spellOut(language: string): string {
  return nameLanguage(language) ?? language
}

function clean(text: string): string {
  return text.toWellFormed().trim()
}
