/*
 * Builds the intent triplets with every trainer format and every writer against the play model, for other programs to
 * read: node test/interop/build-triplets.ts <new folder> [<public data>]. Each line it prints is a build's folder.
 */
import { globSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { trainerFormatNames } from '../../pipeline/shards/trainer-formats.ts'
import { writerNames } from '../../pipeline/shards/writers.ts'
import { startChatServer } from '../support/chat-server.ts'
import { createPlayModel } from '../support/play-model.ts'
import { fewestExamples, findOpenaiFlaw } from './find-openai-flaw.ts'
import { buildTriplets, mishaps, runCommand } from './triplets-project.ts'

const [folder, dataFolder = process.env['SHARED_DATA'] ?? '../shared/data'] = process.argv.slice(2)
if (folder === undefined) throw new Error('expected a folder for the builds')

/** Trainers read the triplets' single turns alike; what they make of instructions and earlier answers shows here. */
const conversations = [
  'How do banks spot a forged cheque?',
  'Which papers should I shred?',
  'Is this invoice real?',
].map((question) => ({
  messages: [
    { role: 'system', content: 'You help the customers of a bank. Answer in plain words.' },
    { role: 'user', content: 'Hello, may I ask you something?' },
    { role: 'assistant', content: 'Of course. What is it about?' },
    { role: 'user', content: question },
  ],
  category: 'fraud',
  intent: 'benign',
  family: question,
}))
const fields = { messages: 'messages', category: 'category', intent: 'intent', family: 'family' }
const turns = { name: 'turns', path: 'turns.jsonl', fields }

const server = await startChatServer({ reply: createPlayModel(mishaps), keepRequests: false })
try {
  const options = { folder: resolve(folder), dataFolder: resolve(dataFolder), baseUrl: server.baseUrl }
  await mkdir(options.folder, { recursive: true })
  await writeFile(join(options.folder, turns.path), conversations.map((row) => `${JSON.stringify(row)}\n`).join(''))
  for (const [index, format] of trainerFormatNames.entries()) {
    for (const [other, writer] of writerNames.entries()) {
      const offline = index + other > 0
      const { path } = await buildTriplets(options, {
        name: `${format.replaceAll('_', '-')}-${writer}`,
        emit: { format, writer },
        moreSources: [turns],
        offline,
      })
      await runCommand('verify', path)
      checkLines(path)
      console.log(path)
    }
  }
} finally {
  await server.close()
}

function checkLines(build: string): void {
  for (const path of globSync(join(build, 'data/*/train-*.jsonl'))) {
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
    const flaw = lines.map(findOpenaiFlaw).find((one) => one !== null)
    if (flaw !== undefined) throw new Error(`${path}: ${flaw}`)
  }
  const all = globSync(join(build, 'data/*/train-*.jsonl')).flatMap((path) =>
    readFileSync(path, 'utf8').trim().split('\n'),
  )
  if (all.length > 0 && all.length < fewestExamples) throw new Error(`${build}: ${all.length} examples are too few`)
}
