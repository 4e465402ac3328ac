import { stringify } from 'yaml'
import type { Trainer } from './trainer.ts'

/** `trl sft`: it finds the columns prompt and completion, and trains on the completion. */
export const trl: Trainer = {
  name: 'trl',
  formats: ['messages', 'prompt_completion', 'think_inline', 'reasoning_content', 'thinking'],
  command: 'trl sft --config trl.yaml',
  write: ({ buildId, folder, validation, maxTokens }, model) => {
    const config = {
      model_name_or_path: model,
      dataset_name: folder,
      dataset_config: 'all',
      dataset_train_split: 'train',
      ...(validation.length === 0 ? {} : { dataset_test_split: 'validation', eval_strategy: 'epoch' }),
      completion_only_loss: true,
      // Null: nothing is cut. TRL's default cuts at 1024 tokens without a word.
      max_length: maxTokens,
      output_dir: `trained-on-${buildId}`,
    }
    return [{ name: 'trl.yaml', text: stringify(config, { lineWidth: 0 }) }]
  },
}
