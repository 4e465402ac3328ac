import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { BuildInputs } from '../build/fingerprint.ts'
import { UserError } from '../records/user-error.ts'
import { planSchema, type Plan } from './plan.ts'

/** @throws UserError `plan` when the file is no plan. */
export async function readPlan(path: string): Promise<Plan> {
  try {
    return planSchema.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    const problem =
      error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : String(error)
    throw new UserError('plan', `expected a plan, got: ${problem}`, {
      where: path,
      remedy: 'Make one with `safe-completions plan CONFIG --out plan.json`.',
      cause: error,
    })
  }
}

/**
 * @throws UserError `plan_outdated` that names every input which is not what the plan saw. New answers in the same store
 * do not count: they only make the build cheaper.
 */
export function checkPlan(
  plan: Plan,
  {
    name,
    inputs: current,
    regrade,
  }: { readonly name: string; readonly inputs: BuildInputs; readonly regrade: string | null },
  path: string,
): void {
  const moved = [
    ...(plan.name === name ? [] : [`the build's name: ${plan.name} -> ${name}`]),
    ...(plan.inputs.config === current.config ? [] : ['the config']),
    ...compare('spec', plan.inputs.specs, current.specs),
    ...compare('template', plan.inputs.templates, current.templates),
    ...compare('file', plan.inputs.files, current.files),
    ...(plan.inputs.program === current.program ? [] : ['this program or Node']),
    ...(plan.inputs.store === current.store ? [] : ['the answer store']),
    ...(plan.inputs.decisions === current.decisions ? [] : ["the auditors' decisions"]),
    ...(plan.inputs.retries === current.retries
      ? []
      : ['the requests that are asked again (plan and build with the same --retry-failed)']),
    ...(regrade === null || plan.against === regrade
      ? []
      : [`the build to regrade: ${plan.against ?? 'none'} -> ${regrade}`]),
  ]
  if (moved.length === 0) return
  throw new UserError('plan_outdated', `expected the inputs that were planned; since then moved: ${moved.join('; ')}`, {
    where: path,
    remedy: 'Plan again and look at the new price, or build without --plan.',
  })
}

function compare(
  kind: string,
  planned: Readonly<Record<string, string>>,
  current: Readonly<Record<string, string>>,
): string[] {
  const names = [...new Set([...Object.keys(planned), ...Object.keys(current)])].toSorted((a, b) => (a < b ? -1 : 1))
  return names.flatMap((name) => {
    if (planned[name] === current[name]) return []
    const what = planned[name] === undefined ? 'added' : current[name] === undefined ? 'removed' : 'changed'
    return [`${kind} ${name} (${what})`]
  })
}
