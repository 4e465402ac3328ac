import { stringify } from 'yaml'
import type { Trainer } from './trainer.ts'

/** torchtune: the part `dataset` of a recipe's config. Loss on the assistant's turns. */
export const torchtune: Trainer = {
  name: 'torchtune',
  formats: ['messages', 'think_inline'],
  command: 'tune run <recipe> --config <its config, with the lines of torchtune.yaml>',
  write: ({ train, validation }) => {
    const config = {
      dataset: describe(train),
      ...(validation.length === 0 ? {} : { dataset_val: describe(validation) }),
    }
    return [{ name: 'torchtune.yaml', text: stringify(config, { lineWidth: 0 }) }]
  },
}

function describe(paths: readonly string[]): object {
  return {
    _component_: 'torchtune.datasets.chat_dataset',
    source: 'parquet',
    data_files: paths,
    split: 'train',
    conversation_column: 'messages',
    conversation_style: 'openai',
    train_on_input: false,
    packed: false,
  }
}
