import type { ResolvedBuild } from '../build/resolve-build.ts'
import { toRole } from '../build/resolve-build.ts'
import type { Seat } from '../graders/judge-candidate.ts'
import type { Judge } from '../graders/judges/judge.ts'
import { judges } from '../graders/judges/index.ts'
import { rules } from '../graders/rules/index.ts'
import type { Rule } from '../graders/rules/rule.ts'
import type { Templates } from '../guidance/load-guidance.ts'
import { parseTemplate } from '../guidance/template.ts'
import { UserError } from '../records/user-error.ts'

/** A judge of one's own with its place on the panel, after those of the config. */
export type OwnSeat = {
  readonly judge: Judge
  /** A name under the config's `models`. */
  readonly model: string
  /** The template's text, with the front matter that templates have; its id is the judge's `template`. */
  readonly template: string
  /** Default: 1. */
  readonly votes?: number
  /** Default: null, which never ends a candidate. */
  readonly stopBelow?: number | null
}

/** Graders that the program does not have: rules run after those of the config, judges are asked after its panel. */
export type OwnGraders = { readonly rules?: readonly Rule[]; readonly judges?: readonly OwnSeat[] }

/** @throws UserError `own_grader` for a name that is taken, a model that the config lacks, a template that does not parse. */
export function addOwnGraders(resolved: ResolvedBuild, own: OwnGraders): ResolvedBuild {
  const { rules: ownRules = [], judges: ownJudges = [] } = own
  checkNames([...ownRules, ...ownJudges.map(({ judge }) => judge)])
  const templates = addTemplates(resolved.templates, ownJudges)
  const seats = ownJudges.map(({ judge, model, votes = 1, stopBelow = null }): Seat => {
    if (!Object.hasOwn(resolved.config.models, model)) {
      throw new UserError('own_grader', `expected a model of the config for judge "${judge.name}", got "${model}"`, {
        remedy: `Known models: ${Object.keys(resolved.config.models).join(', ') || 'none'}.`,
      })
    }
    if (!Number.isInteger(votes) || votes < 1) {
      throw new UserError('own_grader', `expected votes of judge "${judge.name}" from 1 on, got ${votes}`, {
        remedy: 'Give a whole number, or leave it out for one vote.',
      })
    }
    const [template, repair] = [templates.get(judge.template), templates.get('repair/form')]
    return { judge, role: toRole(resolved.config, model), template, repair, votes, stopBelow }
  })
  const grade = {
    ...resolved.grade,
    rules: [...resolved.grade.rules, ...ownRules],
    panel: [...resolved.grade.panel, ...seats],
  }
  return { ...resolved, templates, grade }
}

/** Verdicts, manifests and calibrations know a grader by its name alone. */
function checkNames(own: readonly { readonly name: string; readonly version: number }[]): void {
  const taken = new Set([...judges.keys(), ...rules.map(({ name }) => name)])
  for (const { name, version } of own) {
    if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name) || !Number.isInteger(version)) {
      throw new UserError('own_grader', `expected a kebab-case name and an integer version, got ${name} ${version}`, {
        remedy: 'Name it such as repeated-lines, and count its versions from 1.',
      })
    }
    if (taken.has(name)) {
      throw new UserError('own_grader', `expected a grader with a name of its own, got "${name}"`, {
        remedy: `Taken: ${[...taken].join(', ')}.`,
      })
    }
    taken.add(name)
  }
}

function addTemplates(templates: Templates, seats: readonly OwnSeat[]): Templates {
  const all = new Map(templates.all)
  for (const { judge, template: text } of seats) {
    const template = parseTemplate(text, `template of judge ${judge.name}`)
    if (template.id !== judge.template || all.has(template.id)) {
      throw new UserError('own_grader', `expected a template with an id of its own, got "${template.id}"`, {
        where: `judge ${judge.name}`,
        remedy: `Give the judge and its template the same id, such as grade/${judge.name}.`,
      })
    }
    all.set(template.id, template)
  }
  return { all, get: (id) => all.get(id) ?? templates.get(id) }
}
