import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { readUrlVariable } from '../answers/store-address.ts'
import type { ResolvedBuild } from '../build/resolve-build.ts'
import { listPrices } from '../config/price-table.ts'
import { listAddresses, type ModelConfig } from '../config/model-config.ts'
import { checkFolder } from '../doctor/check-folder.ts'
import { checkModel, type CheckedModel } from '../doctor/check-model.ts'
import { ok, problem, warning, type Finding } from '../doctor/finding.ts'
import { normaliseEndpoint } from '../models/model-role.ts'
import { UserError } from '../records/user-error.ts'
import { readApiKey } from './environment.ts'
import { findPostgres, openHousekeeping } from './open-store.ts'

export type Examination = {
  readonly findings: readonly Finding[]
  /** Completions that were asked for. */
  readonly requests: number
}

export type ExamineOptions = { readonly isOffline: boolean; readonly timeoutMs: number }

/** A probe's reply is cut here. Reasoning models spend some of it before they say a word. */
export const replyTokens = 256

/** Looks at everything that a build needs, one line each. Changes nothing; what the models answer is not stored. */
export async function examine(resolved: ResolvedBuild, options: ExamineOptions): Promise<Examination> {
  const { config, storePath, outputRoot } = resolved
  const isFile = readUrlVariable(storePath) === null
  const findings: Finding[] = [
    ok('node', process.versions.node),
    ok('config', `${resolved.specs.specs.size} specs of ${resolved.specs.name}, ${config.sources.length} sources`),
    await checkFolder('output', outputRoot),
    ...(isFile ? [await checkFolder('store folder', dirname(storePath))] : []),
    await checkStore(storePath),
  ]
  let requests = 0
  for (const [name, settings] of Object.entries(config.models)) {
    findings.push(describePrice(name, settings))
    for (const model of listChecks(resolved, name, settings)) {
      const key = readKey(model, name)
      if (typeof key === 'object' && key !== null) findings.push(key)
      else {
        if (model.variable !== null) findings.push(ok(model.check, `${model.variable} is set`))
        if (options.isOffline) continue
        const found = await checkModel(model, {
          apiKey: key,
          timeoutMs: options.timeoutMs,
          maxTokens: replyTokens,
          signal: new AbortController().signal,
          nowMs: Date.now,
          onSend: () => (requests += 1),
        })
        findings.push(...found)
      }
    }
  }
  return { findings: dropRepeats(findings), requests }
}

async function checkStore(storePath: string): Promise<Finding> {
  try {
    return ok('store', `${storePath}: ${await describeStore(storePath)}`)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return problem('store', error.message, error.remedy)
  }
}

/** Neither makes a store nor brings one to its newest schema. */
async function describeStore(storePath: string): Promise<string> {
  const database = findPostgres(storePath)
  if (database === null) {
    if (!existsSync(storePath)) return notThereYet
    const store = await openHousekeeping(storePath, 'read')
    await store.close()
    return 'opens'
  }
  const { examinePostgres } = await import('../answers/postgres-database.ts')
  const { current, newest } = await examinePostgres(database)
  if (current === 0) return notThereYet
  return current === newest ? 'opens' : `opens; the next build brings it from schema ${current} to ${newest}`
}

const notThereYet = 'not there yet; the first build makes it'

function describePrice(name: string, settings: ModelConfig): Finding {
  const check = `model ${name}`
  const [found] = listPrices({ models: { [name]: settings } })
  if (found?.source) return ok(check, `price: known (${found.source})`)
  return warning(check, `price: not known for ${settings.model}`, `Set models.${name}.price, or costs are not counted.`)
}

function listChecks({ config }: ResolvedBuild, name: string, settings: ModelConfig): readonly CheckedModel[] {
  const { model, parameters, structuredOutput } = settings
  const needsReasoning = config.generate.reasoning === 'native' && config.generate.model === name
  return listAddresses(settings).map(({ baseUrl, apiKeyEnv }, n) => ({
    check: n === 0 ? `model ${name}` : `model ${name}, mirror ${n}`,
    role: { endpoint: normaliseEndpoint(baseUrl), model, parameters, structuredOutput },
    needsReasoning,
    variable: apiKeyEnv,
  }))
}

/** The key, null for a server that takes none, or what is wrong with it. */
function readKey({ check, variable }: CheckedModel, name: string): string | null | Finding {
  try {
    return readApiKey(variable, name)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return problem(check, `${variable} is not set`, error.remedy)
  }
}

/** A clock that is wrong is told once, not by every server. */
function dropRepeats(findings: readonly Finding[]): readonly Finding[] {
  const isFirst = (finding: Finding, n: number): boolean =>
    finding.check !== 'clock' || findings.findIndex(({ check }) => check === 'clock') === n
  return findings.filter(isFirst)
}
