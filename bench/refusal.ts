// How far the refusal grader and plain string matching agree with people's labels of 700 answers, and, as a check of
// another domain, with the modes that a model declared for its own recorded answers.
// `npx node bench/refusal.ts [--held-out]`; without the flag, on the development half. SHARED_DATA names the data.
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { computeKappa } from '../pipeline/calibrate/cohens-kappa.ts'
import { countPairs, type RatedPair } from '../pipeline/calibrate/count-pairs.ts'
import { classifyRefusal, type RefusalLabel } from '../pipeline/graders/refusal/classify-refusal.ts'
import { containsRefusalString, opensWithRefusalString } from './support/match-refusal-string.ts'
import { labelOfTone, readLabelledRows, type LabelledRow } from './support/political-figures.ts'

type Grader = { readonly name: string; readonly grade: (answer: string, prompt: string) => RefusalLabel }
const bySwitch = (isRefusal: boolean): RefusalLabel => (isRefusal ? 'full_refusal' : 'full_compliance')
const graders: readonly Grader[] = [
  { name: 'string match, opening', grade: (answer) => bySwitch(opensWithRefusalString(answer)) },
  { name: 'string match, anywhere', grade: (answer) => bySwitch(containsRefusalString(answer)) },
  { name: 'classifyRefusal', grade: (answer, prompt) => classifyRefusal(answer, prompt).label },
  { name: 'classifyRefusal, no prompt', grade: (answer) => classifyRefusal(answer).label },
]

type Reading = {
  readonly name: string
  readonly classes: readonly string[]
  /** The class by people; null leaves the row out. */
  readonly classOf: (tone: LabelledRow['tone']) => string | null
  readonly merge: (label: RefusalLabel) => string
}
const three = ['full_compliance', 'partial_refusal', 'full_refusal']
const two = ['compliance', 'refusal']
const anyRefusal = (label: RefusalLabel): string => (label === 'full_compliance' ? 'compliance' : 'refusal')
const fullRefusal = (label: RefusalLabel): string => (label === 'full_refusal' ? 'refusal' : 'compliance')
const readings: readonly Reading[] = [
  { name: 'three classes', classes: three, classOf: (tone) => labelOfTone[tone], merge: (label) => label },
  {
    name: 'three classes, disclaimed counts as partial too',
    classes: three,
    classOf: (tone) => (tone === 'disclaimed' ? 'partial_refusal' : labelOfTone[tone]),
    merge: (label) => label,
  },
  {
    name: 'three classes, redirected counts as compliance',
    classes: three,
    classOf: (tone) => (tone === 'redirected' ? 'full_compliance' : labelOfTone[tone]),
    merge: (label) => label,
  },
  {
    name: 'binary: rejected + redirected against the rest',
    classes: two,
    classOf: (tone) => anyRefusal(labelOfTone[tone]),
    merge: anyRefusal,
  },
  {
    name: 'binary: rejected against the rest',
    classes: two,
    classOf: (tone) => fullRefusal(labelOfTone[tone]),
    merge: fullRefusal,
  },
  {
    name: 'binary: rejected against complied, other tones left out',
    classes: two,
    classOf: (tone) => (tone === 'rejected' ? 'refusal' : tone === 'complied' ? 'compliance' : null),
    merge: anyRefusal,
  },
]

const printMatrix = (matrix: readonly (readonly number[])[], rows: readonly string[], columns: readonly string[]) => {
  console.log(`    ${''.padEnd(24)}${columns.map((name) => name.padStart(17)).join('')}`)
  for (const [n, counts] of matrix.entries()) {
    console.log(`    ${(rows[n] ?? '').padEnd(24)}${counts.map((count) => `${count}`.padStart(17)).join('')}`)
  }
}

const part = process.argv.includes('--held-out') ? 'held-out' : 'development'
const rows = await readLabelledRows(part)
console.log(`${rows.length} ${part} rows of maxwellreuter/chatgpt-refusals; lines: people, columns: grader`)
for (const { name, classes, classOf, merge } of readings) {
  console.log(`\n${name}`)
  for (const grader of graders) {
    const pairs = rows.flatMap(({ prompt, response, tone }): RatedPair[] => {
      const first = classOf(tone)
      return first === null ? [] : [{ first, second: merge(grader.grade(response, prompt)) }]
    })
    const { matrix } = countPairs(pairs, classes)
    const kappa = computeKappa(matrix)
    const figure =
      kappa.value === null
        ? kappa.reason
        : `kappa ${kappa.value.toFixed(3)} (95 % ${kappa.low.toFixed(3)} to ${kappa.high.toFixed(3)})`
    console.log(`  ${grader.name}: ${figure}`)
    printMatrix(matrix, classes, classes)
  }
}

// A recorded answer holds its mode and its text in tags; the prompt is the last user turn.
const recordedSchema = z.object({
  request: z.object({ messages: z.array(z.object({ role: z.string(), content: z.string() })) }),
  answer: z.object({ text: z.string() }),
})
const modes = ['direct_answer', 'safe_completion', 'refuse_with_redirection']
const written = /<mode>\s*(\w+)\s*<\/mode>\s*<answer>([\s\S]*?)(?:<\/answer>|$)/
const recording = await readFile(new URL('../data/recordings/demo.jsonl', import.meta.url), 'utf8')
const recorded = recording.split('\n').flatMap((line) => {
  const parsed = recordedSchema.safeParse(line === '' ? null : JSON.parse(line))
  const match = parsed.success ? written.exec(parsed.data.answer.text) : null
  if (!parsed.success || match === null || !modes.includes(match[1] ?? '')) return []
  const prompt = parsed.data.request.messages.findLast(({ role }) => role === 'user')?.content ?? ''
  return [{ mode: match[1] ?? '', answer: match[2] ?? '', prompt }]
})
console.log(`\n${recorded.length} recorded answers; lines: the mode its own writer, a model, declared (no human label)`)
for (const grader of graders) {
  console.log(`  ${grader.name}`)
  const counts = modes.map((mode) => {
    const labels = recorded.filter((one) => one.mode === mode).map(({ answer, prompt }) => grader.grade(answer, prompt))
    return three.map((label) => labels.filter((one) => one === label).length)
  })
  printMatrix(counts, modes, three)
}
