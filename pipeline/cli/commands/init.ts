import { join } from 'node:path'
import type { Argv } from 'yargs'
import { UserError } from '../../records/user-error.ts'
import type { Command } from '../defer-command.ts'
import { toPlainText } from '../print-error.ts'
import { renderDemo, renderStarter, writeProject } from '../write-starter.ts'

type InitArguments = {
  folder: string
  demo: boolean
  'base-url': string | undefined
  model: string | undefined
  'api-key-env': string | undefined
}

export const initCommand: Command<InitArguments> = {
  builder: (yargs: Argv): Argv<InitArguments> =>
    yargs
      .positional('folder', { type: 'string', default: '.', describe: 'Where; made if need be' })
      .option('base-url', {
        type: 'string',
        describe: "An OpenAI-compatible server, such as http://127.0.0.1:8000/v1; default: OpenAI's",
      })
      .option('model', { type: 'string', describe: 'The model name that the server knows; default: gpt-4.1-mini' })
      .option('api-key-env', {
        type: 'string',
        describe: 'The NAME of the variable with the key; default: OPENAI_API_KEY, with --base-url none',
      })
      .option('demo', {
        type: 'boolean',
        default: false,
        describe: 'Make the demo instead: recorded answers, no model needed',
      })
      .example('$0 init my-set --base-url http://127.0.0.1:8000/v1 --model my-model', 'a server of your own'),
  handler: async ({ folder, demo, baseUrl, model, apiKeyEnv }: InitArguments & Camel) => {
    if (demo && [baseUrl, model, apiKeyEnv].some((one) => one !== undefined)) {
      throw new UserError('usage', 'expected --demo alone, got a setting of a model with it', {
        remedy: 'Leave out --base-url, --model and --api-key-env: the answers of the demo are recorded.',
      })
    }
    const files = demo ? await renderDemo() : await renderStarter({ baseUrl, model, apiKeyEnv })
    await writeProject(folder, files)
    const config = join(folder, demo ? 'demo.yaml' : 'safe-completions.yaml')
    const next = demo
      ? [`npx safe-completions build ${config} --offline`]
      : [`npx safe-completions doctor ${config}`, `npx safe-completions build ${config}`]
    const lines = [`wrote ${files.size} files to ${folder}`, 'next:', ...next.map((line) => `  ${line}`)]
    process.stdout.write(`${toPlainText(lines.join('\n'))}\n`)
  },
}

/** yargs gives options with hyphens in both spellings. */
type Camel = { baseUrl?: string | undefined; apiKeyEnv?: string | undefined }
