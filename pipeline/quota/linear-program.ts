/** A sum of variables, each with its factor. */
export type Term = readonly [factor: number, variable: string]

export type Program = {
  /** A variable that is at least 0; an infinite bound is none. Returns its name. */
  readonly variable: (cost: number, bound?: number) => string
  readonly constrain: (terms: readonly Term[], relation: '<=' | '=', value: number) => void
  /**
   * A solution that costs least, or at most the share `gap` above that; null where none was found within the limit of the
   * search.
   */
  readonly solve: (gap?: number) => Promise<Solution | null>
}

export type Solution = { readonly valueOf: (variable: string) => number }

/** So many nodes of the search at most; a bound in time would make the result depend on the machine. */
const nodeLimit = 20_000

/**
 * A linear program, of whole numbers or of fractions, for HiGHS (decision 0019). The solver is compiled to WebAssembly, has
 * one thread and a fixed seed, so that equal programs have equal solutions on every machine.
 */
export function createProgram(kind: 'whole' | 'fractions'): Program {
  const costs: Term[] = []
  const bounds: string[] = []
  const names: string[] = []
  const rows: string[] = []
  return {
    variable(cost, bound = Infinity) {
      const name = `v${names.length}`
      names.push(name)
      costs.push([cost, name])
      if (bound !== Infinity) bounds.push(` 0 <= ${name} <= ${bound}`)
      return name
    },
    constrain(terms, relation, value) {
      if (terms.length > 0) rows.push(` c${rows.length}: ${renderSum(terms)} ${relation} ${value}`)
      else if (relation !== '<=' && value > 0) throw new Error(`nothing can be ${relation} ${value}`)
    },
    async solve(gap = 0) {
      const integers = kind === 'whole' ? ['General', ...names.map((name) => ` ${name}`)] : []
      const text = ['Minimize', ` cost: ${renderSum(costs)}`, 'Subject To', ...rows, 'Bounds', ...bounds, ...integers]
      const highs = await loadSolver()
      const solution = highs.solve([...text, 'End', ''].join('\n'), {
        output_flag: false,
        random_seed: 0,
        mip_rel_gap: gap,
        // Costs of whole programs are whole.
        mip_abs_gap: 0.5,
        mip_max_nodes: nodeLimit,
      })
      if (solution.Status !== 'Optimal') return null
      const { Columns: columns } = solution
      return {
        valueOf(name) {
          const value = columns[name]?.Primal ?? 0
          return kind === 'whole' ? Math.round(value) : value
        },
      }
    },
  }
}

/** One line of the text format may hold 510 characters by the letter of it, so a sum is broken. */
function renderSum(terms: readonly Term[]): string {
  return terms.map(([factor, name]) => `${factor < 0 ? '-' : '+'} ${Math.abs(factor)} ${name}`).join('\n  ')
}

let loaded: ReturnType<typeof loadHighs> | null = null

// Here and not above: 3.5 MB that only a build with a quota needs.
async function loadHighs() {
  const { default: load } = await import('highs')
  return await load()
}

function loadSolver(): ReturnType<typeof loadHighs> {
  loaded ??= loadHighs()
  return loaded
}
