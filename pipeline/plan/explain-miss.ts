import { createTwoFilesPatch } from 'diff'
import canonicalize from 'canonicalize'
import type { AnswerStore } from '../answers/answer-store.ts'
import { digestRequest, digestSubject } from '../answers/request-digest.ts'
import type { Purpose } from '../models/model-port.ts'
import type { ModelRequest } from '../records/request.ts'
import type { Usage } from '../records/answer.ts'
import type { Cause } from './plan.ts'

export type Explanation = {
  /** Equal keys have one cause. */
  readonly key: string
  readonly cause: Pick<Cause, 'kind' | 'title' | 'diff'> & { readonly clauses: readonly string[] }
  /** The request that this one replaces, as far as it was measured. */
  readonly predecessor: { readonly characters: number; readonly usage: Usage | null } | null
}

/** A deployment's own instructions differ from row to row; they are part of the subject, not of a cause. */
const deploymentBlock = /<deployment>\n[\s\S]*\n<\/deployment>\s*$/
const policyBlock = /<policy>\n([\s\S]*?)\n<\/policy>/

/** Says why a request is not in the store, by the newest answer to the same subject. */
export function createExplainer(store: AnswerStore): (request: ModelRequest, purpose: Purpose) => Promise<Explanation> {
  const causes = new Map<string, Explanation['cause']>()
  return async (request, purpose) => {
    const failure = await store.findFailure(digestRequest(request))
    if (failure !== null) {
      const cause = {
        kind: 'previously_failed',
        title: `tried before, and failed: ${failure}`,
        clauses: [],
        diff: '',
      } as const
      return { key: cause.title, cause, predecessor: null }
    }
    const found = await store.findBySubject(digestSubject(request))
    if (found === null) return { ...explainNew(purpose), predecessor: null }
    const measured = { characters: countCharacters(found.request), usage: found.answer.usage }
    if (request.attempt !== undefined) {
      const title = `${purpose.step} is asked again: the answer before was no use`
      return { key: title, cause: { kind: 'retry', title, clauses: [], diff: '' }, predecessor: measured }
    }
    const changes = compareRequests(found.request, request)
    const key = JSON.stringify([purpose.step, changes.map(({ field, from, to }) => [field, from, to])])
    const cause = causes.get(key) ?? describe(changes, purpose)
    causes.set(key, cause)
    return { key, cause, predecessor: measured }
  }
}

export function countCharacters({ messages }: ModelRequest): number {
  return messages.reduce((sum, { content }) => sum + content.length, 0)
}

function explainNew({ step }: Purpose): Pick<Explanation, 'key' | 'cause'> {
  const isGrade = step.startsWith('grade:')
  const kind = isGrade ? 'new_candidate' : 'new_prompt'
  const title = isGrade ? `${step} was never asked about this candidate` : `no answer of ${step} to this prompt`
  return { key: title, cause: { kind, title, clauses: [], diff: '' } }
}

function readSystemText({ messages }: ModelRequest): string {
  return messages
    .flatMap(({ role, content }) => (role === 'system' ? [content.replace(deploymentBlock, '')] : []))
    .join('\n')
}

type Change = {
  readonly field: 'endpoint' | 'model' | 'parameters' | 'schema' | 'system'
  readonly from: string
  readonly to: string
}

function compareRequests(old: ModelRequest, current: ModelRequest): readonly Change[] {
  const both = (field: Change['field'], read: (request: ModelRequest) => string): Change => ({
    field,
    from: read(old),
    to: read(current),
  })
  return [
    both('endpoint', ({ endpoint }) => endpoint),
    both('model', ({ model }) => model),
    both('parameters', ({ parameters }) => canonicalize(parameters) ?? ''),
    both('schema', ({ schema, structuredOutput }) => canonicalize([schema, schema && structuredOutput]) ?? ''),
    both('system', readSystemText),
  ].filter(({ from, to }) => from !== to)
}

function describe(changes: readonly Change[], { step, category }: Purpose): Explanation['cause'] {
  const [first] = changes
  if (first === undefined) return { kind: 'wording', title: `${step}: the form of the question`, clauses: [], diff: '' }
  const diff = changes.map(renderChange).join('\n')
  if (first.field !== 'system') {
    return { kind: first.field, title: `${step}: ${changes.map(({ field }) => field).join(', ')}`, clauses: [], diff }
  }
  const isPolicyOnly = first.from.replace(policyBlock, '') === first.to.replace(policyBlock, '')
  const clauses = isPolicyOnly ? findEditedClauses(diff) : []
  return isPolicyOnly
    ? {
        kind: 'spec',
        title: `spec as ${category ?? 'general'} sees it${clauses.length > 0 ? `: ${clauses.join(', ')}` : ''}`,
        clauses,
        diff,
      }
    : { kind: 'template', title: `template of ${step}`, clauses, diff }
}

function renderChange({ field, from, to }: Change): string {
  const patch = createTwoFilesPatch(`${field} (stored)`, `${field} (now)`, `${from}\n`, `${to}\n`, '', '', {
    context: 1,
  })
  return patch.replace(/^=+\n/, '')
}

/** Ids at the start of changed lines: `- **CYB-4** ...` in a spec. */
function findEditedClauses(diff: string): string[] {
  const found = new Set<string>()
  for (const [, id] of diff.matchAll(/^[-+]- \*\*([A-Z]{2,4}-\d+)\*\*/gm)) if (id !== undefined) found.add(id)
  return [...found]
}
