import { createWriteStream, existsSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Argv, CommandModule } from 'yargs'
import { importRecording, writeRecording } from '../../answers/recording.ts'
import { openSqliteStore } from '../../answers/sqlite-store.ts'
import { UserError } from '../../records/user-error.ts'

type FileArguments = { store: string; file: string }

const withFile = (yargs: Argv): Argv<FileArguments> =>
  yargs
    .positional('store', { type: 'string', demandOption: true, describe: 'The answer store (SQLite)' })
    .positional('file', { type: 'string', demandOption: true, describe: 'The recording (JSON lines)' })

const exportCommand: CommandModule<object, FileArguments> = {
  command: 'export <store> <file>',
  describe: 'Write all answers of a store as a recording, to keep or to carry elsewhere',
  builder: withFile,
  handler: async ({ store: path, file }) => {
    if (!existsSync(path)) {
      throw new UserError('answer_store', 'expected an answer store, got no file', {
        where: path,
        remedy: 'Name the file that `store` of the build config points at.',
      })
    }
    const store = openSqliteStore(path)
    try {
      let answers = 0
      const lines = async function* (): AsyncGenerator<string> {
        for await (const line of writeRecording(store.entries())) {
          if (line.startsWith('{"request"')) answers += 1
          yield `${line}\n`
        }
      }
      await orFileError(file, async () => {
        await pipeline(Readable.from(lines()), createWriteStream(`${file}.partial`))
        await rename(`${file}.partial`, file)
      })
      process.stdout.write(`${answers} answers written to ${file}\n`)
    } finally {
      await store.close()
    }
  },
}

const importCommand: CommandModule<object, FileArguments> = {
  command: 'import <store> <file>',
  describe: "Put a recording's answers into a store; answers that are there already stay as they are",
  builder: withFile,
  handler: async ({ store: path, file }) => {
    const store = openSqliteStore(path)
    try {
      const { added, known } = await importRecording(file, store)
      process.stdout.write(`${added} answers added, ${known} known already\n`)
    } finally {
      await store.close()
    }
  },
}

export const storeCommand: CommandModule = {
  command: 'store <command>',
  describe: 'Carry stored answers from one store to another',
  builder: (yargs: Argv): Argv => yargs.command(exportCommand).command(importCommand).demandCommand(1),
  handler: () => undefined,
}

async function orFileError(file: string, write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error)) throw error
    throw new UserError('file_write', `expected a writable file, got: ${error.message}`, {
      where: file,
      remedy: 'Check that the folder exists, its permissions and the free space, then run again.',
      cause: error,
    })
  }
}
