import { buildConfigSchema } from '../../config/build-config.ts'
import type { Command } from '../defer-command.ts'

export const configSchemaCommand: Command<object> = {
  builder: (yargs) => yargs,
  handler: () => {
    process.stdout.write(`${JSON.stringify(buildConfigSchema.toJSONSchema({ io: 'input' }), null, 2)}\n`)
  },
}
