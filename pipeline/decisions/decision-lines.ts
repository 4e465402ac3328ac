import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { decisionSchema, type Decision } from '../records/decision.ts'
import { UserError } from '../records/user-error.ts'
import { digestDecision, makeDecision } from './make-decision.ts'

/*
 * Decisions as text, to keep in git: one JSON object a line, in order of time, keys in order. People make them one by
 * one, so a file is read whole.
 */

/** Ends with a line feed, unless there are none. */
export function renderDecisionLines(decisions: readonly Decision[]): string {
  return decisions.map((decision) => `${JSON.stringify(decisionSchema.parse(decision))}\n`).join('')
}

/** A line may leave out the id, which follows from the rest. */
const lineSchema = decisionSchema.partial({ id: true })

/** @throws UserError `decisions` with file and line; nothing is returned of a file with one bad line. */
export async function readDecisionLines(path: string): Promise<readonly Decision[]> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new UserError('decisions', `expected a file of decisions, got: ${String(error)}`, {
      where: path,
      remedy: 'Name a file that `safe-completions audit export` wrote.',
      cause: error,
    })
  })
  // Leaves out the mark that some editors put before the first line.
  const text = new TextDecoder().decode(bytes)
  return text.split('\n').flatMap((line, n) => (line.trim() === '' ? [] : [readLine(line, `${path}:${n + 1}`)]))
}

function readLine(line: string, where: string): Decision {
  const { id, ...parts } = parseLine(line, where)
  const decision = makeDecision(parts)
  if (id === undefined || id === digestDecision(parts)) return decision
  throw badLine(`expected id ${decision.id} for what this line says, got ${id}`, where)
}

function parseLine(line: string, where: string): z.infer<typeof lineSchema> {
  try {
    return lineSchema.parse(JSON.parse(line))
  } catch (error) {
    const problem = error instanceof z.ZodError ? z.prettifyError(error) : String(error)
    throw badLine(`expected a decision, got: ${problem}`, where)
  }
}

function badLine(problem: string, where: string): UserError {
  return new UserError('decisions', problem, {
    where,
    remedy:
      'Decisions are only ever added: take the line as `safe-completions audit export` wrote it, or leave out its id.',
  })
}
