import type { Argv } from 'yargs'
import { trainers } from '../../trainers/index.ts'
import { writeTrainerConfig } from '../../trainers/write-trainer-config.ts'
import type { Command } from '../defer-command.ts'
import { toPlainText } from '../print-error.ts'

type TrainerArguments = { trainer: string; build: string; model: string; out: string }

export const trainerConfigCommand: Command<TrainerArguments> = {
  builder: (yargs: Argv): Argv<TrainerArguments> =>
    yargs
      .positional('trainer', {
        type: 'string',
        demandOption: true,
        choices: trainers.map(({ name }) => name),
        describe: 'Which trainer',
      })
      .positional('build', { type: 'string', demandOption: true, describe: 'A build, such as data/builds/demo/latest' })
      .option('model', { type: 'string', demandOption: true, describe: 'The model to train, as the trainer names it' })
      .option('out', { type: 'string', demandOption: true, describe: 'Folder for the files; none is overwritten' })
      .example('$0 trainer-config trl data/builds/demo/latest --model my-model --out training', 'writes trl.yaml'),
  handler: async ({ trainer: name, build, model, out }) => {
    const trainer = trainers.find((one) => one.name === name)
    if (!trainer) throw new Error(`no trainer ${name}`)
    const written = await writeTrainerConfig(trainer, build, model, out)
    const lines = [...written.map((path) => `wrote ${path}`), `next, in that folder: ${trainer.command}`]
    process.stdout.write(`${toPlainText(lines.join('\n'))}\n`)
  },
}
