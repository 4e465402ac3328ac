import type { z } from 'zod'
import type { Answer } from '../records/answer.ts'
import type { Reading } from './ask-in-form.ts'

const fenced = /^```(?:json)?\s*\n([\s\S]*)\n```$/

/**
 * Reads a reply that must be one JSON object and nothing else; one code fence around it is let pass. Two objects, or an
 * object inside prose, are malformed: taking the first verdict found is how a forged one would get in.
 * A value that is no member of its enumeration is `off_menu`.
 */
export function readJson<T>(answer: Answer, schema: z.ZodType<T>): Reading<T> {
  const text = answer.text.trim()
  const source = fenced.exec(text)?.[1] ?? text
  let value: unknown
  try {
    value = JSON.parse(source)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return { ok: false, code: 'malformed', problem: 'expected one JSON object and nothing else' }
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return { ok: true, value: parsed.data }
  const [issue] = parsed.error.issues
  const isOffMenu = parsed.error.issues.every((one) => one.code === 'invalid_value')
  return {
    ok: false,
    code: isOffMenu ? 'off_menu' : 'malformed',
    problem: `${issue?.path.join('.') || 'the object'}: ${issue?.message ?? 'invalid'}`,
  }
}
