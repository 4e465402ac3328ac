import { stringify } from 'yaml'
import type { Trainer } from './trainer.ts'

/** Axolotl: the column messages through the tokenizer's chat template, loss on the assistant's turns. */
export const axolotl: Trainer = {
  name: 'axolotl',
  formats: ['messages', 'think_inline', 'reasoning_content', 'thinking'],
  command: 'axolotl train axolotl.yaml',
  write: ({ buildId, format, train, validation, maxTokens }, model) => {
    // These two formats are named after the key that has the reasoning.
    const key = format === 'reasoning_content' || format === 'thinking' ? format : null
    const describe = (path: string): object => ({
      path,
      ds_type: 'parquet',
      // A file by itself has the one split train, whatever its name says.
      split: 'train',
      type: 'chat_template',
      field_messages: 'messages',
      message_property_mappings: { role: 'role', content: 'content' },
      ...(key === null ? {} : { field_thinking: key }),
      roles_to_train: ['assistant'],
      train_on_eos: 'turn',
    })
    const config = {
      base_model: model,
      chat_template: 'tokenizer_default',
      datasets: train.map(describe),
      ...(validation.length === 0 ? {} : { test_datasets: validation.map(describe) }),
      train_on_inputs: false,
      sequence_len: maxTokens ?? 8192,
      excess_length_strategy: 'raise',
      micro_batch_size: 1,
      gradient_accumulation_steps: 8,
      num_epochs: 1,
      learning_rate: 0.000_01,
      optimizer: 'adamw_torch',
      lr_scheduler: 'cosine',
      output_dir: `trained-on-${buildId}`,
    }
    return [{ name: 'axolotl.yaml', text: stringify(config, { lineWidth: 0, aliasDuplicateObjects: false }) }]
  },
}
