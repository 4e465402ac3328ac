import { parse, tokenize, type Template } from '@huggingface/jinja'
import { z } from 'zod'

/**
 * `@huggingface/jinja` trims as JavaScript does and ignores which characters a template wants stripped. Python strips
 * U+001C to U+001F and U+0085 too, but not U+FEFF, and `strip('\n')` leaves spaces alone. So every strip and trim of a
 * parsed template becomes a call of {@link stripAsPython}.
 */
export const stripName = 'strip_as_python'

const methods = ['strip', 'lstrip', 'rstrip'] as const
const memberCallSchema = z.object({
  type: z.literal('CallExpression'),
  callee: z.object({
    type: z.literal('MemberExpression'),
    computed: z.literal(false),
    object: z.unknown(),
    property: z.object({ value: z.enum(methods) }),
  }),
  args: z.array(z.unknown()),
})
const trimFilterSchema = z.object({
  type: z.literal('FilterExpression'),
  operand: z.unknown(),
  filter: z.object({ type: z.literal('Identifier'), value: z.literal('trim') }),
})

/** Changes the parsed template in place. */
export function stripTemplateAsPython(template: Template): void {
  visit(template.parsed)
}

function visit(node: unknown): void {
  if (typeof node !== 'object' || node === null) return
  for (const child of Object.values(node)) visit(child)
  const call = memberCallSchema.safeParse(node)
  if (call.success) {
    const { callee, args } = call.data
    Object.assign(node, { callee: named, args: [...literal(callee.property.value), callee.object, ...args] })
  }
  const filter = trimFilterSchema.safeParse(node)
  if (filter.success) {
    const args = [...literal('strip'), filter.data.operand]
    Object.assign(node, { type: 'CallExpression', callee: named, args })
  }
}

const parseExpressions = (source: string): readonly unknown[] => parse(tokenize(source)).body
const [named] = parseExpressions(`{{ ${stripName} }}`)
const literal = (method: string): readonly unknown[] => parseExpressions(`{{ '${method}' }}`)

/** What str.isspace holds true, as sre and str.strip do. */
const pythonSpaces = new Set(
  '\t\n\v\f\r\u001C\u001D\u001E\u001F \u0085\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u2028\u2029\u202F\u205F\u3000',
)

export function stripAsPython(method: unknown, value: unknown, only: unknown = null): string {
  if (typeof value !== 'string') return typeof value === 'number' ? value.toString() : ''
  const set = typeof only === 'string' ? new Set(only) : pythonSpaces
  const letters = Array.from(value)
  let [first, last] = [0, letters.length]
  if (method !== 'rstrip') while (first < last && set.has(letters[first] ?? '')) first += 1
  if (method !== 'lstrip') while (last > first && set.has(letters[last - 1] ?? '')) last -= 1
  return letters.slice(first, last).join('')
}
