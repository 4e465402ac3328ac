import { stringify } from 'yaml'
import type { Trainer } from './trainer.ts'

/** LLaMA-Factory: a data set for each shard, as it would read a folder's validation shards too. */
export const llamaFactory: Trainer = {
  name: 'llama-factory',
  formats: ['messages', 'think_inline'],
  command: 'llamafactory-cli train llama-factory.yaml',
  write: ({ buildId, train, validation, maxTokens }, model) => {
    const [trained, validated] = [nameShards(train, 'train'), nameShards(validation, 'validation')]
    const info = Object.fromEntries([...trained, ...validated].map(([name, path]) => [name, describe(path)]))
    const config = {
      model_name_or_path: model,
      // The chat template of the tokenizer; LLaMA-Factory's own names, such as qwen3, may be given instead.
      template: null,
      stage: 'sft',
      do_train: true,
      finetuning_type: 'full',
      dataset_dir: '.',
      dataset: trained.map(([name]) => name).join(','),
      ...(validated.length === 0 ? {} : { eval_dataset: validated.map(([name]) => name).join(',') }),
      train_on_prompt: false,
      // Earlier answers of the conversation carry no loss.
      mask_history: true,
      cutoff_len: maxTokens ?? 8192,
      output_dir: `trained-on-${buildId}`,
    }
    return [
      { name: 'dataset_info.json', text: `${JSON.stringify(info, null, 2)}\n` },
      { name: 'llama-factory.yaml', text: stringify(config, { lineWidth: 0 }) },
    ]
  },
}

function nameShards(paths: readonly string[], split: string): readonly (readonly [string, string])[] {
  return paths.map((path, n) => [`${split}_${n}`, path])
}

function describe(path: string): object {
  return {
    file_name: path,
    formatting: 'sharegpt',
    columns: { messages: 'messages' },
    tags: {
      role_tag: 'role',
      content_tag: 'content',
      user_tag: 'user',
      assistant_tag: 'assistant',
      system_tag: 'system',
    },
  }
}
