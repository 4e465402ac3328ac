import { expect, test } from 'vitest'
import { truncatedText } from '../../../pipeline/graders/rules/truncated-text.ts'
import { outcomeOf } from './rule-input.ts'

const twenty =
  'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'

test.each([
  ['an open code block', 'Run this:\n```sh\nls -l\n'],
  ['an open block in a list', '1. Run:\n   ```sh\n   ls'],
  ['a sentence after a sentence', 'Let the oven cool. Then take the racks'],
  ['a dangling article', 'You should start with the'],
  ['a dangling word in a list', '- Cool it down\n- Take out the racks and'],
  ['a comma', 'Once the oven is cold and dry,'],
  ['a colon before nothing', 'These are the steps that you should follow:'],
  ['an open bracket', 'Use a mild cleaner without any bleach ('],
  ['a paragraph of twenty words', `${twenty} twenty`],
  ['Chinese after 。', '先让烤箱完全冷却。然后取出烤架放在温水中'],
  ['Chinese on ，', '先让烤箱完全冷却然后取出烤架，'],
  ['Hindi after a danda', 'पहले ओवन को ठंडा होने दें। फिर जालियाँ निकाल'],
  ['Arabic after a question mark', 'هل الفرن بارد؟ إذا كان باردا فأخرج'],
  ['Greek without its end', 'Αφήστε τον φούρνο να κρυώσει. Μετά βγάλτε τις'],
  ['emphasis cut open', 'Let it cool. Then **take the racks'],
])('%s is truncated', (_, answer) => expect(outcomeOf(truncatedText, { answer })).toBe('fail'))

test.each([
  ['a full stop', 'Let the oven cool.'],
  ['a closed code block', 'Run this:\n```sh\nls -l\n```'],
  ['a block nested in a block', '```markdown\n# Title\n```sh\nls\n```\nMore.\n```'],
  ['a fence in a longer fence', '````\n```\n````'],
  ['underlined headings', 'Title\n~~~~~~~~\nText ends here.'],
  ['a list without marks', 'You need:\n\n- soap\n- warm water\n- a cloth'],
  ['numbered items', 'Do this. Now:\n1. Cool it\n2. Wipe it'],
  ['a list item on a preposition', '- things to look out for'],
  ['a table', 'Here. It is:\n\n| a | b |\n|---|---|\n| one | two |'],
  ['one word', 'Paris'],
  ['a paragraph of nineteen words', twenty],
  ['verse', 'The spring is here. It sings,\nIt gives the meadow wings\nAnd all the songs it brings'],
  ['a letter ending', 'Thank you. It was kind.\n\nKind regards,\nAnna Example'],
  ['a greeting with a comma', 'Kind regards,'],
  ['a label of a form', 'Name:\nDate:'],
  ['a quotation', 'He said it. Then he said "wait."'],
  ['a closing bracket', 'Let it cool. That takes an hour (or two)'],
  ['a link', 'Read more. See https://example.com/oven'],
  ['an emoji', 'Done. Enjoy your clean oven 🎉'],
  ['an emoji code', 'Done with all of the steps :tada:'],
  ['a number', 'It adds up. The answer is 42'],
  ['an abbreviation', 'Ask Dr. Lee'],
  ['Chinese with 。', '先让烤箱完全冷却。'],
  ['Japanese with a bracket', '先に冷まします。（約一時間）'],
  ['Hindi with a danda', 'ओवन को ठंडा होने दें।'],
  ['Arabic with ؟', 'هل الفرن بارد؟'],
  ['Urdu with ۔', 'پہلے تندور کو ٹھنڈا ہونے دیں۔'],
  ['Thai, which has no marks', 'ปล่อยให้เตาอบเย็นลงก่อน แล้วจึงถอดตะแกรงออก'],
  ['Spanish', '¿Está frío el horno?'],
  ['a trailing bidi mark', 'Let the oven cool.\u200F'],
  ['nothing', ''],
])('%s is finished', (_, answer) => expect(outcomeOf(truncatedText, { answer })).toBe('pass'))
