/** Text that Markdown and HTML show as it is, on one line: for names that come from files. */
export function escapeMarkdown(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\\`*_{}[\]()#+!|~$-]/g, String.raw`\$&`)
}

export function renderTable(headings: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [renderLine(headings), `|${headings.map(() => ' --- |').join('')}`, ...rows.map(renderLine)].join('\n')
}

function renderLine(cells: readonly (string | number)[]): string {
  return `| ${cells.map((cell) => (typeof cell === 'number' ? String(cell) : escapeMarkdown(cell))).join(' | ')} |`
}
