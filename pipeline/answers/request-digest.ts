import { hash } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { Message } from '../records/message.ts'
import type { ModelRequest } from '../records/request.ts'

/**
 * The version of the digest's format. It is part of the digest: bump it when the encoding changes, and every stored
 * answer is asked for anew.
 */
const digestVersion = 1

/**
 * The identity of a request: SHA-256 (hex) over all that can change an answer. Message texts and the schema enter as
 * digests of their own, so a system message shared by thousands of requests is hashed once. Key order does not count
 * (RFC 8785 canonical JSON); time-outs, retries, concurrency and keys are not in a request and cannot count.
 */
export function digestRequest(request: ModelRequest): string {
  const { endpoint, model, messages, parameters, schema, structuredOutput, repeat, attempt } = request
  const identity = [
    digestVersion,
    endpoint,
    model,
    messages.map((message) => [message.role, digestMessageText(message)]),
    digestObject(parameters),
    schema === null ? null : [schema.name, digestObject(schema.schema), structuredOutput],
    repeat,
    // Left out of a first attempt, so that it has the digest that it had before there were others.
    ...(attempt === undefined ? [] : [attempt]),
  ]
  return hash('sha256', JSON.stringify(identity))
}

/** 80 bits: two subjects of a billion share one with a chance below one in a million; each digit costs index size. */
const subjectDigits = 20

/**
 * What a request asks about: its conversation without the system message, which question of ours it is (the schema's
 * name), and the repeat, in whatever attempt. It stays the same when a spec, a system template, a model or a parameter changes, so that a
 * request that is not in the store finds the one that it replaces.
 */
export function digestSubject({ messages, schema, repeat }: ModelRequest): string {
  const turns = messages.filter(({ role }) => role !== 'system').map(({ role, content }) => [role, content])
  return digestText(JSON.stringify([turns, schema?.name ?? null, repeat])).slice(0, subjectDigits)
}

export function digestText(text: string): string {
  return hash('sha256', text)
}

/** SHA-256 (hex) of a message's text; system messages, which thousands of requests share, are hashed once. */
export function digestMessageText({ role, content }: Message): string {
  return role === 'system' ? digestSharedText(content) : digestText(content)
}

const sharedTexts = new Map<string, string>()
const sharedTextsLimit = 512

function digestSharedText(text: string): string {
  const known = sharedTexts.get(text)
  if (known !== undefined) return known
  if (sharedTexts.size >= sharedTextsLimit) sharedTexts.clear()
  const digest = digestText(text)
  sharedTexts.set(text, digest)
  return digest
}

const objects = new WeakMap<object, string>()

function digestObject(value: object): string {
  const known = objects.get(value)
  if (known !== undefined) return known
  const digest = digestText(canonicalize(value) ?? '')
  objects.set(value, digest)
  return digest
}
