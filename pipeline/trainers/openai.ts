import type { Trainer } from './trainer.ts'

/** OpenAI fine-tuning takes one file of each kind, so the shards are joined. */
export const openai: Trainer = {
  name: 'openai',
  formats: ['openai_jsonl'],
  command: 'bash openai.sh   # OPENAI_API_KEY from the environment; this uploads the data',
  write: ({ train, validation }, model) => {
    const lines = [
      '#!/usr/bin/env bash',
      'set -euo pipefail',
      `cat ${train.map(quote).join(' ')} > train.jsonl`,
      ...(validation.length === 0 ? [] : [`cat ${validation.map(quote).join(' ')} > validation.jsonl`]),
      'upload() {',
      '  curl --fail --silent --show-error https://api.openai.com/v1/files -H "Authorization: Bearer $OPENAI_API_KEY" \\',
      '    -F purpose=fine-tune -F "file=@$1" | python3 -c \'import json, sys; print(json.load(sys.stdin)["id"])\'',
      '}',
      'training_file=$(upload train.jsonl)',
      ...(validation.length === 0 ? [] : ['validation_file=$(upload validation.jsonl)']),
      'curl --fail --silent --show-error https://api.openai.com/v1/fine_tuning/jobs \\',
      '  -H "Authorization: Bearer $OPENAI_API_KEY" -H "Content-Type: application/json" \\',
      `  -d '{"model": ${JSON.stringify(model).replaceAll("'", String.raw`'\''`)}, "training_file": "'"$training_file"'"${
        validation.length === 0 ? '' : `, "validation_file": "'"$validation_file"'"`
      }}'`,
    ]
    return [{ name: 'openai.sh', text: `${lines.join('\n')}\n` }]
  },
}

function quote(path: string): string {
  return `'${path.replaceAll("'", String.raw`'\''`)}'`
}
