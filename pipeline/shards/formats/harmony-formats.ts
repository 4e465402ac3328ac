import type { Message } from '../../records/message.ts'
import type { Sample } from '../../records/sample.ts'
import type { TrainerFormat } from './trainer-format.ts'

/**
 * `<|start|>`, `<|end|>`, `<|message|>`, `<|channel|>`, `<|return|>`, `<|call|>`, `<|constrain|>`, `<|endoftext|>`,
 * reserved ones: trainers tokenise the rendered text with special tokens on, so one inside a turn would forge a turn or
 * a channel. Refused, not neutralised: a prompt with the token broken up no longer is the attack that was graded.
 */
const controlToken = /<\|[a-z0-9_]+\|>/i

/** gpt-oss through its chat template, which renders Harmony from `thinking`. */
export const thinkingFormat: TrainerFormat = {
  fileKind: 'parquet',
  messageFields: ['role', 'content', 'thinking'],
  conversation: 'messages',
  renderCompletion: ({ reasoning, answer }) => ({ role: 'assistant', content: answer, thinking: reasoning }),
  renderText: null,
  findConflict: findControlToken,
}

/** The conversation in Harmony text (channels analysis and final), for trainers that tokenise themselves. */
export const harmonyFormat: TrainerFormat = {
  fileKind: 'parquet',
  messageFields: ['role', 'content'],
  conversation: 'messages_and_text',
  renderCompletion: ({ answer }) => ({ role: 'assistant', content: answer }),
  renderText: renderHarmony,
  findConflict: findControlToken,
}

/** Without Harmony's own system message: it names a date and an effort, which the trainer decides. */
function renderHarmony({ prompt, reasoning, answer }: Sample): string {
  const analysis = reasoning === '' ? '' : `<|start|>assistant<|channel|>analysis<|message|>${reasoning}<|end|>`
  const final = `<|start|>assistant<|channel|>final<|message|>${answer}<|return|>`
  return `${prompt.map(renderTurn).join('')}${analysis}${final}`
}

function renderTurn({ role, content }: Message): string {
  switch (role) {
    case 'system':
      return `<|start|>developer<|message|># Instructions\n\n${content}<|end|>`
    case 'user':
      return `<|start|>user<|message|>${content}<|end|>`
    default:
      return `<|start|>assistant<|channel|>final<|message|>${content}<|end|>`
  }
}

function findControlToken(sample: Sample): string | null {
  const texts = [sample.reasoning, sample.answer, ...sample.prompt.map((turn) => turn.content)]
  const hit = texts.map((text) => controlToken.exec(text)).find((match) => match !== null)
  return hit ? `the conversation holds ${hit[0]}, which Harmony reads as a control token` : null
}
