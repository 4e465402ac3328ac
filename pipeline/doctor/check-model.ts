import { z } from 'zod'
import type { ModelRole } from '../models/model-role.ts'
import { probeChat, probeModels, type Probe, type ProbeOptions } from '../models/probe-chat.ts'
import { readCompletion } from '../models/read-completion.ts'
import { limitHeaders } from '../models/server-limits.ts'
import type { Answer } from '../records/answer.ts'
import { down, ok, problem, warning, type Finding } from './finding.ts'

export type CheckedModel = {
  /** Such as `model main`. */
  readonly check: string
  readonly role: ModelRole
  /** Whether a build reads the server's own reasoning from it. */
  readonly needsReasoning: boolean
  /** The name of the key's variable; null for a server that takes none. */
  readonly variable: string | null
}

export type ModelProbeOptions = ProbeOptions & { readonly nowMs: () => number }

type Answered = Extract<Probe, { status: 'answered' }>

/** Answers are dated by this machine's clock, and `retry-after` may be a date: a minute is what both can bear. */
const greatestSkewMs = 60_000

/** Tries a model at one address: two small completions, of which the second only follows a first that was answered. */
export async function checkModel(model: CheckedModel, options: ModelProbeOptions): Promise<readonly Finding[]> {
  const { check, role, needsReasoning } = model
  const plain = await probeChat(role, false, options)
  if (plain.status === 'unanswered') {
    const remedy =
      plain.reason === 'timeout'
        ? 'See whether the server is loading or overloaded; --timeout waits longer.'
        : 'Start the server, or mend baseUrl; behind a proxy set NODE_USE_ENV_PROXY=1 and HTTPS_PROXY.'
    return [down(check, `expected an answer from ${role.endpoint}, got ${plain.detail}`, remedy)]
  }
  const skew = checkClock(plain.headers, options.nowMs())
  const reading = readBody(plain)
  if (plain.httpStatus !== 200 || reading === null) {
    return [await explainRefusal(model, plain, options), ...skew]
  }
  const structured = role.structuredOutput === 'json_schema' ? await probeChat(role, true, options) : null
  return [
    ok(check, `answers at ${role.endpoint} as ${reading.servedModel || role.model}`),
    ...(structured === null ? [] : [readStructured(check, structured)]),
    describeReasoning(check, reading, needsReasoning),
    describeLimits(check, plain.headers),
    ...skew,
  ]
}

function readBody({ text }: Answered): Answer | null {
  try {
    const completion = readCompletion(JSON.parse(text))
    return completion.ok ? completion.answer : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

async function explainRefusal(
  { check, role, variable }: CheckedModel,
  probe: Answered,
  options: ProbeOptions,
): Promise<Finding> {
  const { endpoint, model } = role
  const { httpStatus, headers, text } = probe
  const key = variable ?? 'the key (apiKeyEnv is null)'
  const said = `${endpoint} answers HTTP ${httpStatus}: ${readMessage(text)}`
  const isPage = headers.get('content-type')?.includes('html') === true || /^\s*</.test(text)
  if (isPage) {
    const remedy = 'Mend baseUrl (most end in /v1); a sign-in page or a proxy may stand before the server.'
    return problem(check, `expected JSON from ${endpoint}, got an HTML page with HTTP ${httpStatus}`, remedy)
  }
  if (httpStatus === 200) {
    return problem(
      check,
      `expected a chat completion from ${endpoint}, got something else: ${readMessage(text)}`,
      'Mend baseUrl.',
    )
  }
  if (httpStatus === 401) return problem(check, said, `Set ${key} to a key that this server knows.`)
  if (httpStatus === 403) return problem(check, said, `Give the account of ${key} the right to use "${model}".`)
  if (httpStatus === 402) return problem(check, said, 'Add credit to the account.')
  if (httpStatus === 404) {
    const listed = await listModels(endpoint, options)
    if (listed === null || listed.includes(model)) {
      return problem(check, said, `See that baseUrl is right (most end in /v1) and that it serves "${model}".`)
    }
    const shown = listed.slice(0, 12).join(', ')
    return problem(check, `${endpoint} knows no model "${model}"`, `Set model to one that it lists: ${shown}.`)
  }
  if (httpStatus === 429)
    return warning(check, said, 'Wait, or see the quota of the account: a build keeps to the limits it finds.')
  if (httpStatus >= 500) return down(check, said, "Look into the server's log, or wait.")
  return problem(check, said, 'See the parameters of the model in the config against what the server takes.')
}

const modelListSchema = z.object({ data: z.array(z.object({ id: z.string() })) })

async function listModels(endpoint: string, options: ProbeOptions): Promise<readonly string[] | null> {
  const probe = await probeModels(endpoint, options)
  if (probe.status === 'unanswered' || probe.httpStatus !== 200) return null
  try {
    const parsed = modelListSchema.safeParse(JSON.parse(probe.text))
    return parsed.success ? parsed.data.data.map(({ id }) => id) : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

const answerSchema = z.strictObject({ ok: z.boolean() })
const asked = 'response_format json_schema'

function readStructured(check: string, probe: Probe): Finding {
  const inWords = 'Judges are then asked in words; structuredOutput: json_object or prompt saves the try.'
  if (probe.status === 'unanswered') {
    return down(check, `${asked}: ${probe.detail}`, 'The same request without it was answered: try again.')
  }
  if (probe.httpStatus !== 200) {
    return warning(check, `${asked}: turned down with HTTP ${probe.httpStatus}: ${readMessage(probe.text)}`, inWords)
  }
  const answer = readBody(probe)
  if (answer?.finish === 'truncated') {
    return warning(
      check,
      `${asked}: taken, but the reply was cut before it could be seen`,
      'Nothing, if builds grade well.',
    )
  }
  try {
    if (answerSchema.safeParse(JSON.parse(answer?.text ?? '')).success) return ok(check, `${asked}: taken`)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  return warning(check, `${asked}: taken, but the reply does not follow the schema`, 'Set structuredOutput: prompt.')
}

function describeReasoning(check: string, { reasoning, usage }: Answer, isNeeded: boolean): Finding {
  if (reasoning !== '') return ok(check, 'reasoning: the server sends it (reasoning_content or <think>)')
  const isCounted = (usage?.reasoningTokens ?? 0) > 0
  if (!isNeeded) return ok(check, isCounted ? 'reasoning: counted, not sent' : 'reasoning: none seen; none is needed')
  const remedy = 'Set generate.reasoning: section, or start the server with a reasoning parser.'
  const got = isCounted ? 'it is counted, not sent' : 'none was seen in a small reply'
  return warning(check, `reasoning: generate.reasoning is native, and ${got}`, remedy)
}

function describeLimits(check: string, headers: Headers): Finding {
  const seen = limitHeaders.filter((name) => /limit-(?:requests|tokens)$|^ratelimit-(?:limit|policy)$/.test(name))
  const values = seen.flatMap((name) => (headers.has(name) ? [`${name} ${headers.get(name)}`] : []))
  return ok(
    check,
    values.length === 0 ? 'limits: the server tells none; a build finds them' : `limits: ${values.join(', ')}`,
  )
}

function checkClock(headers: Headers, nowMs: number): readonly Finding[] {
  const dated = Date.parse(headers.get('date') ?? '')
  if (Number.isNaN(dated) || Math.abs(dated - nowMs) <= greatestSkewMs) return []
  const seconds = Math.round(Math.abs(dated - nowMs) / 1000)
  const message = `this machine and the server differ by ${seconds} s`
  return [warning('clock', message, 'Set the clock (NTP): answers and builds are dated by it.')]
}

const errorSchema = z.object({ error: z.union([z.string(), z.object({ message: z.string() })]) })

/** A server's own words, short; whatever they are. */
function readMessage(text: string): string {
  let message = text
  try {
    const { error } = errorSchema.parse(JSON.parse(text))
    message = typeof error === 'string' ? error : error.message
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error
  }
  const line = message.replaceAll(/\s+/g, ' ').trim()
  return line.length > 200 ? `${line.slice(0, 200).toWellFormed()}...` : line || 'an empty body'
}
