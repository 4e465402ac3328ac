import { expect, test } from 'vitest'
import { openChatTemplate } from '../../pipeline/tokens/chat-template.ts'

const render = (source: string, content: string, more: Readonly<Record<string, string>> = {}): string =>
  openChatTemplate(source, {}, 'chat_template.jinja').render([{ role: 'user', content, ...more }])

// What jinja2 3.1.6 under transformers 5.23.0 gives; JavaScript's trim differs in each.
test.for([
  ['{{ messages[0].content | trim }}|', '\u001F a \u0085', 'a|'],
  ['{{ messages[0].content | trim }}|', '\uFEFFa', '\uFEFFa|'],
  ['{{ messages[0].content.strip() }}|', '\u001C\na\u001C', 'a|'],
  [String.raw`{{ messages[0].content.strip('\n') }}|`, '\n a \n', ' a |'],
  [String.raw`{{ messages[0].content.rstrip('\n') }}|`, '\n a \n', '\n a |'],
  [String.raw`{{ messages[0].content.split('x')[0].lstrip('\n') }}|`, '\n ax', ' a|'],
  ["{{ messages[0].content.strip('ab') }}|", 'abcba', 'c|'],
] as const)('%s strips as Python does: %j', ([source, content, expected]) => {
  expect(render(source, content)).toBe(expected)
})

test('content is a value: what looks like a template in it is text', () => {
  expect(render('{{ messages[0].content }}', '{{ messages }}{% raise %}')).toBe('{{ messages }}{% raise %}')
})

test('a template finds the reasoning under each name that transformers gives it', () => {
  const source = '{{ messages[0].thinking }} {{ messages[0].reasoning_content }}'
  expect(render(source, '', { reasoning_content: 'why' })).toBe('why why')
  expect(render(source, '', { thinking: 'why' })).toBe('why why')
})

test('special tokens come from tokenizer_config.json', () => {
  const config = { chat_template: '{{ bos_token }}{{ eos_token }}', bos_token: '<s>', eos_token: { content: '</s>' } }
  expect(openChatTemplate(JSON.stringify(config), {}, 'tokenizer_config.json').render([])).toBe('<s></s>')
})

test.for([
  ['{{ bos_token }}', 'chat_template.jinja', 'a value for bos_token'],
  ['{{ strftime_now("%Y") }}', 'chat_template.jinja', 'does not print the date'],
  ['{% for %}', 'chat_template.jinja', 'that @huggingface/jinja can read'],
  ['{}', 'tokenizer_config.json', 'whose chat_template is a text'],
] as const)('a template that would render otherwise is refused: %s', ([source, name, message]) => {
  expect(() => openChatTemplate(source, {}, name)).toThrow(
    expect.objectContaining({ code: 'chat_template', message: expect.stringContaining(message) }),
  )
})
