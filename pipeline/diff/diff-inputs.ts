import type { z } from 'zod'
import type { Manifest } from '../build/manifest.ts'
import { renderCanonicalJson } from '../shards/canonical-json.ts'

type Json = z.infer<ReturnType<typeof z.json>>

/** One input that differs; null: not there. */
export type InputDifference = {
  readonly name: string
  readonly a: Json
  readonly b: Json
}

/** What the two builds were made from, as far as it differs, in the words of the manifests. */
export type InputDifferences = {
  /** By path, such as `select.minHelpfulness`. Lists of plain values are compared whole. */
  readonly config: readonly InputDifference[]
  readonly specSet: readonly InputDifference[]
  /** By category. */
  readonly specs: readonly InputDifference[]
  readonly templates: readonly InputDifference[]
  readonly stages: readonly InputDifference[]
  readonly graders: readonly InputDifference[]
  readonly libraries: readonly InputDifference[]
}

export function diffInputs(a: Manifest, b: Manifest): InputDifferences {
  const [before, after] = [a.inputs, b.inputs]
  return {
    config: diffRecords(flatten(before.config), flatten(after.config)),
    specSet: diffRecords({ name: before.specSet.name }, { name: after.specSet.name }),
    specs: diffRecords(before.specSet.specs, after.specSet.specs),
    templates: diffRecords(before.templates, after.templates),
    stages: diffRecords(before.stages, after.stages),
    graders: diffRecords(before.graders, after.graders),
    libraries: diffRecords(a.versions, b.versions),
  }
}

function diffRecords(a: Readonly<Record<string, Json>>, b: Readonly<Record<string, Json>>): readonly InputDifference[] {
  const [before, after] = [new Map(Object.entries(a)), new Map(Object.entries(b))]
  return [...new Set([...before.keys(), ...after.keys()])]
    .toSorted()
    .map((name) => ({ name, a: before.get(name) ?? null, b: after.get(name) ?? null }))
    .filter((one) => renderCanonicalJson(one.a) !== renderCanonicalJson(one.b))
}

function flatten(value: Json): Readonly<Record<string, Json>> {
  return Object.fromEntries(listLeaves(value, ''))
}

function listLeaves(value: Json, path: string): readonly (readonly [string, Json])[] {
  if (Array.isArray(value)) {
    if (value.every((item) => typeof item !== 'object' || item === null)) return [[path, value]]
    return value.flatMap((item, n) => listLeaves(item, `${path}[${n}]`))
  }
  if (typeof value !== 'object' || value === null) return [[path, value]]
  const entries = Object.entries(value)
  if (entries.length === 0) return [[path, value]]
  return entries.flatMap(([key, item]) => listLeaves(item, path === '' ? key : `${path}.${key}`))
}
