import { readdir, readFile } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { UserError } from '../records/user-error.ts'
import { parseSpec, type ParsedSpec } from './parse-spec.ts'
import { createSpecSet, type SpecSet } from './spec-set.ts'
import { parseTemplate, type Template } from './template.ts'

/** A spec file, with its text as it was read. */
type ReadSpec = ParsedSpec & { readonly text: string }

/** Reads every `*.md` of a spec set's folder, sorted by name. @throws UserError `spec_set` when there is none. */
export async function parseSpecFolder(folder: string): Promise<readonly ReadSpec[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.md') && name !== 'README.md')
  if (names.length === 0) {
    throw new UserError('spec_set', 'expected a folder with spec files (*.md), got none', {
      where: folder,
      remedy: 'Name a folder under specs/ as specSet in the build config.',
    })
  }
  return await Promise.all(
    names.sort().map(async (name) => {
      const text = await readFile(join(folder, name), 'utf8')
      return { ...parseSpec(text, join(folder, name)), text }
    }),
  )
}

export type LoadedSpecSet = SpecSet & {
  /** File name to text, as it was read: what stands on disk may be edited while a build runs. */
  readonly files: ReadonlyMap<string, string>
}

export async function loadSpecSet(specsFolder: string, name: string): Promise<LoadedSpecSet> {
  const parsed = await parseSpecFolder(join(specsFolder, name))
  const set = createSpecSet(
    name,
    parsed.map((one) => one.spec),
  )
  return { ...set, files: new Map(parsed.map(({ spec, text }) => [basename(spec.file), text])) }
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
