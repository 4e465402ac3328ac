import type { Argv } from 'yargs'
import type { StepMeasure } from '../../answers/answer-store.ts'
import type { Spend } from '../../build/ledger.ts'
import type { PriceLookup } from '../../models/price.ts'
import { sumMeasures } from '../../build/sum-measures.ts'
import { loadConfig } from '../../config/load-config.ts'
import { createPriceLookup } from '../../config/price-table.ts'
import type { Command } from '../defer-command.ts'
import { openHousekeeping } from '../open-store.ts'
import { toPlainText } from '../print-error.ts'
import { formatCost, formatMegabytes, formatNumber } from '../render-spend.ts'
import { renderTable } from '../render-table.ts'

type StatsArguments = { store: string; config: string | undefined; json: boolean }

export const storeStatsCommand: Command<StatsArguments> = {
  builder: (yargs: Argv): Argv<StatsArguments> =>
    yargs
      .positional('store', {
        type: 'string',
        demandOption: true,
        describe: 'The answer store: a path, or postgres:NAME',
      })
      .option('config', { alias: 'c', type: 'string', describe: 'A build config, for the prices of its models' })
      .option('json', { type: 'boolean', default: false, describe: 'Print as JSON' })
      .example('$0 store stats .safe-completions/demo.db -c data/demo.yaml', 'what was paid so far'),
  handler: async ({ store: path, config, json }) => {
    const priceOf = await loadPrices(config)
    const store = await openHousekeeping(path, 'read')
    try {
      const [size, measures] = [await store.size(), await store.measure()]
      const stats = {
        ...size,
        total: sumMeasures(measures, priceOf),
        models: groupSpend(measures, priceOf, ({ model, endpoint }) => `${model} at ${endpoint}`),
        steps: groupSpend(measures, priceOf, ({ step }) => step),
        categories: groupSpend(measures, priceOf, ({ category }) => category ?? 'not yet classified'),
        measures,
      }
      process.stdout.write(json ? `${JSON.stringify(stats, null, 2)}\n` : `${toPlainText(renderStats(stats))}\n`)
    } finally {
      await store.close()
    }
  },
}

/** Without a config, no price is known. */
export async function loadPrices(config: string | undefined): Promise<PriceLookup> {
  return config === undefined ? () => null : createPriceLookup((await loadConfig(config)).config)
}

type Spends = Readonly<Record<string, Spend>>

function groupSpend(
  measures: readonly StepMeasure[],
  priceOf: PriceLookup,
  nameOf: (measure: StepMeasure) => string,
): Spends {
  const groups = Map.groupBy(measures, nameOf)
  const names = [...groups.keys()].toSorted()
  return Object.fromEntries(names.map((name) => [name, sumMeasures(groups.get(name) ?? [], priceOf)]))
}

type Stats = {
  readonly surplus: number
  readonly failures: number
  readonly bytes: number
  readonly total: Spend
  readonly models: Spends
  readonly steps: Spends
  readonly categories: Spends
}

function renderStats({ surplus, failures, bytes, total, models, steps, categories }: Stats): string {
  const counts = [
    `${formatNumber(total.answers)} answers`,
    `${formatNumber(surplus)} surplus answers`,
    `${formatNumber(failures)} requests that failed`,
    formatMegabytes(bytes),
  ]
  const groups = [
    ['model', models],
    ['step', steps],
    ['category', categories],
  ] as const
  return [
    counts.join(', '),
    ...groups.flatMap(([heading, spends]) => ['', ...renderTable([headings(heading), ...renderSpends(spends)])]),
    '',
    ...renderTable([headings('total'), ...renderSpends({ '': total })]),
  ].join('\n')
}

function headings(first: string): string[] {
  return [first, 'answers', 'tokens in', 'tokens out', 'cost']
}

function renderSpends(spends: Spends): string[][] {
  return Object.entries(spends).map(([name, spend]) => [
    name,
    formatNumber(spend.answers),
    formatNumber(spend.promptTokens),
    formatNumber(spend.completionTokens),
    formatCost(spend),
  ])
}
