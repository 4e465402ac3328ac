import { hash } from 'node:crypto'
import type { z } from 'zod'
import { describePlace, type RawRow } from '../importers/raw-row.ts'
import { readRows } from '../importers/read-rows.ts'
import { intentSchema } from '../records/prompt.ts'
import { responseModeSchema } from '../records/response-mode.ts'
import { UserError } from '../records/user-error.ts'
import { findConversationFlaw } from '../stages/collect/find-conversation-flaw.ts'
import { describeKind, isRecord, nameFields, readField, readLabel } from '../stages/collect/read-field.ts'
import { readConversation, readSingleTurn } from '../stages/collect/read-messages.ts'
import type { Example } from './example.ts'
import type { LabelsConfig } from './labels-config.ts'

/** As long as a prompt of a build may be; see `collect.maxCharacters`. */
const maxCharacters = 200_000

type Row = Readonly<Record<string, unknown>>
type Flaw = { readonly problem: string; readonly remedy: string }

class BadRow extends Error {
  readonly flaw: Flaw

  constructor(flaw: Flaw) {
    super(flaw.problem)
    this.flaw = flaw
  }
}

/**
 * The examples of a labels file in the order of its rows. They are read whole: a row that cannot be read would be missing
 * from every figure without a trace.
 * @throws UserError `bad_row` for the first row that is no example.
 */
export async function readExamples(config: LabelsConfig, folder: string): Promise<readonly Example[]> {
  const examples: Example[] = []
  for await (const row of readRows(config, { baseDirectory: folder })) {
    examples.push(readExample(row, config))
  }
  return examples
}

function readExample(row: RawRow, config: LabelsConfig): Example {
  try {
    if ('problem' in row) throw new BadRow({ problem: row.problem, remedy: 'mend or drop the row' })
    if (!isRecord(row.value)) {
      const problem = `expected an object with the mapped fields, got ${describeKind(row.value)}`
      throw new BadRow({ problem, remedy: 'set format: json if the file is one JSON array' })
    }
    return toExample(row.value, row.location, config)
  } catch (error) {
    if (!(error instanceof BadRow)) throw error
    const { problem, remedy } = error.flaw
    throw new UserError('bad_row', problem, { where: `${describePlace(row)}, labels ${config.name}`, remedy })
  }
}

function toExample(row: Row, location: string, { fields, slices }: LabelsConfig): Example {
  const conversation =
    fields.messages === undefined ? readSingleTurn(row, fields.prompt ?? '') : readConversation(row, fields.messages)
  if (conversation.outcome === 'bad') throw new BadRow(conversation.flaw)
  const label = (name: 'system' | 'category' | 'intent' | 'mode' | 'language'): string | null => {
    const read = readLabel(row, name, fields[name])
    if (read.outcome === 'bad') throw new BadRow(read.flaw)
    return read.value
  }
  const system = label('system')
  const messages =
    system === null ? conversation.messages : [{ role: 'system', content: system } as const, ...conversation.messages]
  const flaw = findConversationFlaw(messages, maxCharacters)
  if (flaw !== null) throw new BadRow(flaw)
  const answer = readText(row, fields.answer)
  return {
    id: hash('sha256', JSON.stringify([messages.map(({ role, content }) => [role, content]), answer])),
    location,
    messages,
    answer,
    word: readWord(row, fields.label) ?? '',
    reasoning: fields.reasoning === undefined ? null : readOptionalText(row, fields.reasoning),
    category: label('category'),
    intent: readChoice(intentSchema, label('intent'), 'intent'),
    mode: readChoice(responseModeSchema, label('mode'), 'mode'),
    language: label('language'),
    slices: Object.fromEntries(slices.map((field) => [field, readWord(row, field) ?? '(none)'])),
  }
}

function readText(row: Row, field: string): string {
  const value = readField(row, field)
  if (typeof value === 'string') return value
  throw new BadRow({
    problem: `expected text in field "${field}", got ${describeKind(value)}`,
    remedy: `correct the field mapping; the row has: ${nameFields(row)}`,
  })
}

function readOptionalText(row: Row, field: string): string | null {
  const value = readField(row, field)
  return value === undefined || value === null || value === '' ? null : readText(row, field)
}

/** A plain value as text; null for an empty one. */
function readWord(row: Row, field: string): string | null {
  const read = readLabel(row, field, field)
  if (read.outcome === 'bad') throw new BadRow(read.flaw)
  return read.value
}

function readChoice<T extends string>(
  schema: z.ZodType<T> & { readonly options: readonly T[] },
  word: string | null,
  name: string,
): T | null {
  const parsed = schema.nullable().safeParse(word)
  if (parsed.success) return parsed.data
  throw new BadRow({
    problem: `expected field ${name} to be one of ${schema.options.join(', ')} or none, got another word`,
    remedy: `map the words of the file in fields.${name}.map`,
  })
}
