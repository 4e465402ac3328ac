import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { UserError } from '../records/user-error.ts'
import { parseSpec, type ParsedSpec } from './parse-spec.ts'
import { createSpecSet, type SpecSet } from './spec-set.ts'
import { parseTemplate, type Template } from './template.ts'

/** Reads every `*.md` of a spec set's folder, sorted by name. @throws UserError `spec_set` when there is none. */
export async function parseSpecFolder(folder: string): Promise<readonly ParsedSpec[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.md') && name !== 'README.md')
  if (names.length === 0) {
    throw new UserError('spec_set', 'expected a folder with spec files (*.md), got none', {
      where: folder,
      remedy: 'Name a folder under specs/ as specSet in the build config.',
    })
  }
  return await Promise.all(
    names.sort().map(async (name) => parseSpec(await readFile(join(folder, name), 'utf8'), join(folder, name))),
  )
}

export async function loadSpecSet(specsFolder: string, name: string): Promise<SpecSet> {
  const parsed = await parseSpecFolder(join(specsFolder, name))
  return createSpecSet(
    name,
    parsed.map((one) => one.spec),
  )
}

export type Templates = {
  /** @throws UserError `template` for an id that no file has. */
  readonly get: (id: string) => Template
  readonly all: ReadonlyMap<string, Template>
}

/** Reads every template below `folder`; a template's id is its path without `.md`, such as `grade/safety`. */
export async function loadTemplates(folder: string): Promise<Templates> {
  const names = (await readdir(folder, { recursive: true }).catch(() => [])).filter((name) => name.endsWith('.md'))
  const all = new Map<string, Template>()
  for (const name of names.sort()) {
    const file = join(folder, name)
    const template = parseTemplate(await readFile(file, 'utf8'), file)
    const expectedId = relative(folder, file).replaceAll('\\', '/').replace(/\.md$/, '')
    if (template.id !== expectedId) {
      throw new UserError('template', `expected id "${expectedId}", got "${template.id}"`, {
        where: `${file}:2`,
        remedy: 'Make the id the path of the file.',
      })
    }
    all.set(template.id, template)
  }
  return {
    all,
    get(id) {
      const template = all.get(id)
      if (template) return template
      throw new UserError('template', `expected a template "${id}", got none`, {
        where: join(folder, `${id}.md`),
        remedy: `Known templates: ${[...all.keys()].join(', ') || 'none'}.`,
      })
    },
  }
}
