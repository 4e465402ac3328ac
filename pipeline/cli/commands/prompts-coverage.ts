import { basename, dirname, resolve } from 'node:path'
import type { ArgumentsCamelCase, Argv } from 'yargs'
import { buildConfigSchema } from '../../config/build-config.ts'
import { dimensions, type Dimension } from '../../coverage/coverage.ts'
import { findThinCells } from '../../coverage/find-thin-cells.ts'
import { readBuildCoverage, readSourceCoverage, type CoverageReading } from '../../coverage/read-coverage.ts'
import { showUnseen } from '../../display/visible-text.ts'
import { readRows } from '../../importers/read-rows.ts'
import { promptSourceSchema, type PromptSource } from '../../importers/source-config.ts'
import { UserError } from '../../records/user-error.ts'
import { isRecord } from '../../stages/collect/read-field.ts'
import type { Command } from '../defer-command.ts'
import { openBuild } from '../open-build.ts'
import { renderCoverage } from '../render-coverage.ts'

type CoverageArguments = {
  path: string | undefined
  build: string | undefined
  min: number
  by: string
  json: boolean
}

export const promptsCoverageCommand: Command<CoverageArguments> = {
  builder: (yargs: Argv): Argv<CoverageArguments> =>
    yargs
      .positional('path', { type: 'string', describe: 'A build config (YAML), or a file of prompts' })
      .option('build', { type: 'string', describe: 'Instead, the accepted rows of this build folder' })
      .option('min', { type: 'number', default: 1, describe: 'A kind with fewer prompts is thin' })
      .option('by', {
        type: 'string',
        default: dimensions.join(','),
        describe: 'What makes a kind: some of these, with commas',
      })
      .option('json', { type: 'boolean', default: false, describe: 'Print as JSON' })
      .example('$0 prompts coverage data/demo.yaml --min 2 --by category,intent', 'where prompts are missing'),
  handler: async (argv) => {
    const by = readDimensions(argv.by)
    if (!Number.isInteger(argv.min) || argv.min < 1) {
      const remedy = 'Such as 20.'
      throw new UserError('usage', `expected a whole number of at least 1 for --min, got ${argv.min}`, { remedy })
    }
    const { title, reading } = await readCoverage(argv)
    const thinness = findThinCells(reading.coverage, by, argv.min)
    const shown = { title, ...reading, thinness, by, min: argv.min }
    const text = argv.json ? JSON.stringify(shown, null, 2) : renderCoverage(shown)
    process.stdout.write(`${showUnseen(text)}\n`)
  },
}

function readDimensions(words: string): readonly Dimension[] {
  const given = words.split(',').map((word) => word.trim())
  const unknown = given.find((word) => !dimensions.some((dimension) => dimension === word))
  if (unknown !== undefined) {
    throw new UserError('usage', `expected some of ${dimensions.join(', ')} for --by, got "${unknown}"`, {
      remedy: 'Such as --by category,intent.',
    })
  }
  return dimensions.filter((dimension) => given.includes(dimension))
}

async function readCoverage({
  path,
  build,
}: ArgumentsCamelCase<CoverageArguments>): Promise<{ readonly title: string; readonly reading: CoverageReading }> {
  if ((path === undefined) === (build === undefined)) {
    const got = path === undefined ? 'neither' : 'both'
    throw new UserError('usage', `expected a config, a file of prompts or --build, got ${got}`, {
      remedy: 'Give one of them.',
    })
  }
  const signal = new AbortController().signal
  if (build !== undefined) return { title: build, reading: await readBuildCoverage(build) }
  const given = path ?? ''
  if (/\.ya?ml$/i.test(given)) {
    const resolved = await openBuild({ config: given })
    const categories = [...resolved.specs.specs.keys()]
    return { title: given, reading: await readSourceCoverage(resolved, categories, signal) }
  }
  const sources = [await describeFile(given)]
  const { collect, screen } = buildConfigSchema.shape
  const config = { sources, evaluations: [], collect: collect.parse(undefined), screen: screen.parse(undefined) }
  const folder = dirname(resolve(given))
  return { title: given, reading: await readSourceCoverage({ config, folder }, [], signal) }
}

/** A file on its own is read by the usual names of its fields; a build config says what others mean. */
async function describeFile(path: string): Promise<PromptSource> {
  const source = { path: basename(path), format: 'auto' } as const
  const options = { baseDirectory: dirname(resolve(path)) }
  for await (const row of readRows({ ...source, limit: 1 }, options)) {
    const value = 'value' in row ? row.value : null
    const fields = isRecord(value) && Array.isArray(value['messages']) ? { messages: 'messages' } : { prompt: 'prompt' }
    const labels = { category: 'category', intent: 'intent', family: 'family', language: 'language' }
    return promptSourceSchema.parse({ name: 'file', ...source, fields: { ...fields, ...labels } })
  }
  throw new Error('expected an importer to refuse an empty file')
}
