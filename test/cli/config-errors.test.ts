import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../pipeline/config/load-config.ts'
import { createFolder, createProject } from '../build/build-project.ts'
import { runCli } from './run-cli.ts'

const sound = `name: test
sources:
  - { name: seeds, path: prompts.jsonl, fields: { prompt: prompt } }
models:
  play:
    baseUrl: http://127.0.0.1:1/v1
    model: play
    apiKeyEnv: null
generate:
  model: play
  candidates: 2
grade:
  panel:
    - { judge: safety, model: play }
select: { minHelpfulness: 0, minReasoning: 0, requireModeAgreement: false }
`

/** The error of the sound config after an edit, with the file's folder taken out. */
async function errorOf(from: string, to: string): Promise<string> {
  const file = join(await createFolder(), 'build.yaml')
  expect(sound).toContain(from)
  await writeFile(file, sound.replace(from, to))
  const error: unknown = await loadConfig(file).catch((one: unknown) => one)
  if (!(error instanceof Error)) throw new Error('expected an error')
  expect(error).toMatchObject({ code: 'config' })
  return error.message.replaceAll(file, 'build.yaml')
}

test('the sound config is sound, so each error below comes from its edit', async () => {
  const file = join(await createFolder(), 'build.yaml')
  await writeFile(file, sound)
  expect((await loadConfig(file)).config.name).toBe('test')
})

describe('a config error carries file, line, what is wrong and what to do:', () => {
  test.each([
    [
      'an unknown key',
      '  candidates: 2',
      '  candiates: 2',
      'build.yaml:11: generate.candiates: there is no such key. Did you mean "candidates"?',
    ],
    ['an unknown key at the top', 'generate:', 'generat:', 'generat: there is no such key. Did you mean "generate"?'],
    [
      'an unknown key like no other',
      '  candidates: 2',
      '  frobnicate: 2',
      'build.yaml:11: generate.frobnicate: there is no such key. Remove it.',
    ],
    [
      'an unknown model name',
      '  model: play\n  candidates',
      '  model: paly\n  candidates',
      'build.yaml:10: generate.model: there is no model "paly" under models. Known models: play.',
    ],
    [
      'an unknown model name of a judge',
      'judge: safety, model: play',
      'judge: safety, model: gpt',
      'build.yaml:14: grade.panel.0.model: there is no model "gpt"',
    ],
    ['an unknown judge', 'judge: safety', 'judge: saftey', 'build.yaml:14: grade.panel.0.judge: '],
    [
      'a panel without the safety judge',
      'judge: safety',
      'judge: helpfulness',
      'expected the judge "safety". Add `- judge: safety`',
    ],
    [
      'a judge who sits twice',
      '    - { judge: safety, model: play }',
      '    - { judge: safety, model: play }\n    - { judge: safety, model: play }',
      'build.yaml:15: grade.panel.1.judge: "safety" sits on the panel twice. Use `votes`',
    ],
    ['a value of another type', 'candidates: 2', 'candidates: two', 'build.yaml:11: generate.candidates: '],
    ['a value out of range', 'candidates: 2', 'candidates: 0', 'build.yaml:11: generate.candidates: '],
    [
      'a parameter that the pipeline sets',
      '    apiKeyEnv: null',
      '    apiKeyEnv: null\n    parameters: { stream: true }',
      'build.yaml:9: models.play.parameters.stream: the pipeline sets this itself. Remove it.',
    ],
    [
      'a name that is no folder name',
      'name: test\n',
      'name: ../test\n',
      'build.yaml:1: name: expected a kebab-case name',
    ],
    ['an address without a protocol', 'http://127.0.0.1:1/v1', '127.0.0.1:1/v1', 'build.yaml:6: models.play.baseUrl: '],
    [
      'an address with a password, which would be published',
      'http://127.0.0.1:1/v1',
      'http://user:secret@127.0.0.1:1/v1',
      'models.play.baseUrl: expected a base URL without user, password',
    ],
    [
      'a threshold whose judge is not on the panel',
      'minHelpfulness: 0,',
      'minHelpfulness: 0.5,',
      'select.minHelpfulness: needs the judge "helpfulness", which is not on the panel.',
    ],
    [
      'an evaluation set that may leave rows out',
      'models:',
      'evaluations: [{ name: e, path: e.jsonl, fields: { prompt: p }, onBadRow: reject }]\nmodels:',
      'evaluations.0.onBadRow: an evaluation set must be read whole.',
    ],
    [
      'one model at one endpoint with two limits',
      'generate:',
      '  again: { baseUrl: "http://127.0.0.1:1/v1", model: play, apiKeyEnv: null, concurrency: 3 }\ngenerate:',
      'models.again: is the model of "play" at the same endpoint',
    ],
    ['YAML that does not parse', 'name: test', 'name: [test', 'build.yaml:'],
    ['a key that stands twice', 'generate:', 'name: other\ngenerate:', 'build.yaml:9:1: Map keys must be unique'],
  ])('%s', async (_, from, to, expected) => {
    expect(await errorOf(from, to)).toContain(expected)
  })

  test('two problems, both at once', async () => {
    const message = await errorOf('  candidates: 2', '  candiates: 2\n  templat: x')
    expect(message).toContain('2 problems')
    expect(message).toContain('Did you mean "candidates"?')
    expect(message).toContain('Did you mean "template"?')
  })
})

test('an API key in place of the name of its variable is refused, and is not shown', async () => {
  const key = 'sk-proj-0123456789abcdef'
  const message = await errorOf('apiKeyEnv: null', `apiKeyEnv: ${key}`)
  expect(message).toContain('build.yaml:8: models.play.apiKeyEnv: expected the NAME of an environment variable')
  expect(message).not.toContain(key)
})

test('config check says what a sound config comes to, and what is wrong with another with code 2', async () => {
  const project = await createProject({ baseUrl: 'http://127.0.0.1:1/v1' })
  const fine = await runCli(['config', 'check', project.config])
  expect(fine.code, fine.stderr).toBe(0)
  expect(fine.stdout).toContain(`${project.config}: ok`)
  expect(fine.stdout).toContain('safety (play, 2 votes)')
  await writeFile(project.config, (await readFile(project.config, 'utf8')).replace('votes:', 'vots:'))
  const wrong = await runCli(['config', 'check', project.config])
  expect(wrong.code).toBe(2)
  expect(wrong.stderr).toMatch(/build\.yaml:\d+: grade\.panel\.0\.vots: there is no such key\. Did you mean "votes"\?/)
})

test('a spec set that is not there is code 2 and names the folder', async () => {
  const project = await createProject({ baseUrl: 'http://127.0.0.1:1/v1', config: { specSet: 'none' } })
  const { code, stderr } = await runCli(['config', 'check', project.config])
  expect(code).toBe(2)
  expect(stderr).toMatch(/where: {2}\S*specs\/none/)
})

describe('a gate that cannot do its work is a problem of the config:', () => {
  const evaluation = '[{ name: extra, path: e.jsonl, fields: { prompt: prompt } }]'
  test.each([
    ['no floor', 'acceptance: {}', 'gates.acceptance: holds nothing back.'],
    ['no bounds', 'mixture: {}', 'gates.mixture: holds nothing back.'],
    ['bounds that cross', 'mixture: { intents: { benign: { min: 0.5, max: 0.4 } } }', 'min not above max'],
    ['an unknown mode', 'mixture: { modes: { refuse: { max: 0.4 } } }', 'gates.mixture.modes'],
    ['no limit', 'drift: { against: builds/a }', 'gates.drift: holds nothing back.'],
    [
      'nothing to scan for',
      'sensitiveText: { secrets: false, personalData: false }',
      'gates.sensitiveText: holds nothing back.',
    ],
    ['no evaluation set', 'contamination: {}', 'gates.contamination: there is no evaluation set to look for.'],
    [
      'a name that is taken',
      `contamination: { evaluations: ${evaluation.replace('extra', 'seeds')} }`,
      'gates.contamination.evaluations.0.name: the name "seeds" is taken.',
    ],
    [
      'an evaluation set in part',
      `contamination: { evaluations: ${evaluation.replace(' }]', ', onBadRow: reject }]')} }`,
      'must be read whole',
    ],
    ['no earlier set', 'duplicates: { against: [] }', 'gates.duplicates.against'],
  ])('%s', async (_, gates, expected) => {
    expect(await errorOf('select:', `gates: { ${gates} }\nselect:`)).toContain(expected)
  })

  test('rows that the next build could not be measured from', async () => {
    const gates =
      'gates: { drift: { maxRewardChange: 0.1, maxModeShift: 0.1 } }\nemit: { format: openai_jsonl }\nselect:'
    const error = await errorOf('select:', gates)
    expect(error).toContain('gates.drift.maxRewardChange: cannot be measured from a build in openai_jsonl')
    expect(error).not.toContain('maxModeShift')
  })
})

test('a file of another kind is told as such, with what it is for', async () => {
  const root = join(import.meta.dirname, '../..')
  const coverage = await runCli(['prompts', 'coverage', join(root, 'data/synthesis.yaml')])
  expect(coverage.code).toBe(2)
  expect(coverage.stderr).toMatch(
    /^error \[config\]: expected a build config, got a synthesis config\n.*data\/synthesis\.yaml:\d+\n.*`prompts synthesize`/,
  )
  const synthesize = await runCli(['prompts', 'synthesize', join(root, 'data/demo.yaml'), '--plan'])
  expect(synthesize.code).toBe(2)
  expect(synthesize.stderr).toMatch(/^error \[synthesis\]: expected a synthesis config, got a build config\n/)
})
