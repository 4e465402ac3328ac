import { axolotl } from './axolotl.ts'
import { llamaFactory } from './llama-factory.ts'
import { openai } from './openai.ts'
import { torchtune } from './torchtune.ts'
import type { Trainer } from './trainer.ts'
import { trl } from './trl.ts'

export const trainers: readonly Trainer[] = [trl, axolotl, llamaFactory, torchtune, openai]
