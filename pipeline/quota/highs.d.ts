/** What is used of the package. Its own types describe the CommonJS build, while Node imports the ES module. */
declare module 'highs' {
  type Solution = {
    readonly Status: string
    readonly Columns: Readonly<Record<string, { readonly Primal?: number }>>
  }
  export default function load(): Promise<{
    readonly solve: (problem: string, options: Readonly<Record<string, string | number | boolean>>) => Solution
  }>
}
