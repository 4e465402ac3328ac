import { expect, test } from 'vitest'
import { languageMismatch as rule } from '../../../pipeline/graders/rules/language-mismatch.ts'
import { outcomeOf, type InputParts } from './rule-input.ts'

const texts = {
  en: 'Let the oven cool completely before you take out the racks. Then soak them in warm water with a little soap and wipe the walls with a damp cloth.',
  de: 'Lassen Sie den Ofen vollständig abkühlen, bevor Sie die Roste herausnehmen. Legen Sie sie dann in warmes Wasser mit etwas Spülmittel.',
  es: 'Deja que el horno se enfríe por completo antes de sacar las rejillas. Después ponlas en remojo en agua tibia con un poco de jabón.',
  pt: 'Deixe o forno esfriar completamente antes de retirar as grades. Depois coloque-as de molho em água morna com um pouco de detergente.',
  fr: "Laissez le four refroidir complètement avant de retirer les grilles. Faites-les ensuite tremper dans de l'eau tiède avec un peu de savon.",
  zh: '先让烤箱完全冷却，然后取出烤架，放在加了少许洗洁精的温水中浸泡，再用湿布擦干净内壁。',
  hi: 'पहले ओवन को पूरी तरह ठंडा होने दें और फिर जालियाँ निकाल लें। उन्हें थोड़े साबुन वाले गुनगुने पानी में भिगो दें।',
  ar: 'دع الفرن يبرد تماما قبل إخراج الرفوف. ثم انقعها في ماء دافئ مع قليل من الصابون وامسح الجدران بقطعة قماش مبللة.',
  ru: 'Дайте духовке полностью остыть, прежде чем вынимать решётки. Затем замочите их в тёплой воде с небольшим количеством мыла.',
} as const
const languages = ['en', 'de', 'es', 'pt', 'fr', 'zh', 'hi', 'ar', 'ru'] as const

test.each(languages.flatMap((prompt) => languages.map((answer) => [prompt, answer] as const)))(
  'a %s prompt takes a %s answer only if both are the same',
  (prompt, answer) => {
    const expected = prompt === answer ? 'pass' : 'fail'
    expect(outcomeOf(rule, { prompt: texts[prompt], answer: texts[answer] })).toBe(expected)
    expect(outcomeOf(rule, { prompt: 'oven', language: prompt, answer: texts[answer] })).toBe(expected)
  },
)

test.each<[string, InputParts]>([
  ['a short prompt', { prompt: 'Ofen putzen?', answer: texts.en }],
  ['a short answer', { prompt: texts.de, answer: 'Yes, of course.' }],
  ['a translation', { prompt: `Translate: ${texts.en}`, answer: texts.de }],
  ['a translation, asked in Spanish', { prompt: `Traduce este texto: ${texts.es}`, answer: texts.en }],
  ['an answer language by name', { prompt: `${texts.en} Please reply in German.`, answer: texts.de }],
  ['an inflected name', { prompt: `${texts.de} Ich hätte gern eine englische Fassung.`, answer: texts.en }],
  [
    'a system message with a language',
    {
      messages: [
        { role: 'system', content: 'Always answer in French.' },
        { role: 'user', content: texts.en },
      ],
      answer: texts.fr,
    },
  ],
  ['code', { prompt: texts.de, answer: '```js\nconst value = compute(the, answer, and, return, it)\n```' }],
  [
    'an instruction over a foreign text',
    { prompt: `${texts.en} ${texts.en}\n${texts.de} ${texts.de} ${texts.de}`, answer: texts.de },
  ],
  ['a quotation at the head', { prompt: texts.en, answer: `${texts.de}\n\n${`${texts.en} `.repeat(10)}` }],
  ['a language that is not told', { prompt: 'tanuri', language: 'sw', answer: texts.en }],
  [
    'a close relative',
    {
      prompt: 'ovn',
      language: 'nb',
      answer: 'Lad ovnen køle helt af, før du tager ristene ud, og læg dem i varmt vand med sæbe.',
    },
  ],
  ['a locale', { prompt: 'oven', language: 'en-GB', answer: texts.en }],
  ['only emoji', { prompt: texts.en, answer: '🙂'.repeat(300) }],
])('no mismatch is claimed for %s', (_, parts) => expect(outcomeOf(rule, parts)).toBe('pass'))

test('a greeting in the user’s language does not hide a long foreign answer', () => {
  expect(outcomeOf(rule, { prompt: texts.en, answer: `Of course, gladly. ${`${texts.de} `.repeat(8)}` })).toBe('fail')
})
