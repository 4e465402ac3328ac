import { intents } from '../../records/prompt.ts'
import { responseModes } from '../../records/response-mode.ts'
import type { Chart, Section } from '../chart.ts'
import { formatShare, nameOf } from '../numbers.ts'
import { countAt, sumRow, type Pairs } from '../pair-counter.ts'
import { plotHeatmap } from '../plots/heatmap.ts'
import { colourOfMode } from '../plots/palette.ts'
import { plotStackedBars } from '../plots/stacked-bars.ts'
import type { Report } from '../report-data.ts'

/** On two lines, see {@link plotHeatmap}. */
const shortModes = ['direct|answer', 'safe|compl.', 'refusal']
const modeKey = responseModes.map((mode) => ({ name: nameOf(mode), colour: colourOfMode(mode) }))

export function describeMixture({ rows, settings }: Report): Section {
  return {
    id: 'mixture',
    title: 'What the accepted rows are made of',
    charts: [drawCategories(rows.categoryModes, settings.categories), drawIntents(rows.intentModes)],
  }
}

function drawCategories(pairs: Pairs, categories: readonly string[]): Chart {
  const names = [...new Set([...categories, ...Object.keys(pairs)])].toSorted()
  const cells = names.map((name) => responseModes.map((mode) => countAt(pairs, name, mode)))
  return {
    id: 'mode-category',
    title: 'Accepted rows by category and response mode',
    caption:
      'Each cell counts the accepted rows of one policy category in one response mode: a direct answer, a safe completion (useful, without the part that would do harm), or a refusal with redirection. A stronger colour is more, a dot is none. All categories of the policy set are listed, with rows or without.',
    lookFor: 'Categories of one mode only, and empty ones: a model learns a category in the mix that stands here.',
    key: [],
    plots: [
      {
        heading: null,
        label: `Grid of ${names.length} categories by three response modes: ${names.map((name, n) => `${name} ${cells[n]?.join(', ')}`).join('; ')}.`,
        spec: plotHeatmap(names, cells, {
          columnLabels: shortModes,
          colourOf: (_, column) => colourOfMode(responseModes[column] ?? ''),
        }),
      },
    ],
    nothing: null,
    table: listModes('category', names, pairs),
  }
}

function drawIntents(pairs: Pairs): Chart {
  const total = intents.reduce((all, intent) => all + sumRow(pairs[intent]), 0)
  return {
    id: 'mode-intent',
    title: 'Accepted rows by intent and response mode',
    caption:
      'Each bar is all accepted rows of one intent, by response mode. The mode follows from what the answer would do, not from how the request is worded, so each intent may have every mode.',
    lookFor:
      'Benign prompts that are often refused, which is over-caution, and malicious ones that are often answered outright.',
    key: modeKey,
    plots:
      total === 0
        ? []
        : [
            {
              heading: null,
              label: `Modes of accepted rows: ${intents.map((intent) => `${nameOf(intent)}: ${responseModes.map((mode) => `${nameOf(mode)} ${countAt(pairs, intent, mode)}`).join(', ')}`).join('; ')}.`,
              spec: plotStackedBars(
                intents.map((intent) => ({
                  name: intent,
                  parts: responseModes.map((mode) => ({
                    count: countAt(pairs, intent, mode),
                    colour: colourOfMode(mode),
                  })),
                })),
              ),
            },
          ],
    nothing: total === 0 ? 'No row was accepted.' : null,
    table: listModes('intent', intents, pairs),
  }
}

function listModes(what: string, names: readonly string[], pairs: Pairs): Chart['table'] {
  const total = Object.values(pairs).reduce((all, row) => all + sumRow(row), 0)
  return {
    headings: [what, ...responseModes.map(nameOf), 'all', 'of all rows'],
    rows: names.map((name) => [
      nameOf(name),
      ...responseModes.map((mode) => countAt(pairs, name, mode)),
      sumRow(pairs[name]),
      formatShare(sumRow(pairs[name]), total),
    ]),
  }
}
