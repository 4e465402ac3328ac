import { readFile } from 'node:fs/promises'

export type Markdown = {
  readonly text: string
  /** Targets of inline links, outside code. */
  readonly links: readonly string[]
  /** Inline code, outside fenced blocks. */
  readonly codeSpans: readonly string[]
  /** Ids of headings, as GitHub makes them. */
  readonly anchors: ReadonlySet<string>
}

export async function readMarkdown(path: string): Promise<Markdown> {
  const text = await readFile(path, 'utf8')
  const prose = withoutFences(text)
  return {
    text,
    links: [...prose.replaceAll(/`[^`\n]*`/g, '').matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target),
    codeSpans: [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code),
    anchors: new Set([...prose.matchAll(/^#{1,6} (.+)$/gm)].map(([, title = '']) => toAnchor(title))),
  }
}

/** The text below a heading, up to the next heading of its level or above. */
export function readSection(text: string, title: string): string {
  const lines = text.split('\n')
  const start = lines.findIndex((line) => /^#{1,6} /.test(line) && line.replace(/^#+ /, '') === title)
  if (start === -1) throw new Error(`expected a heading "${title}", got none`)
  const level = lines[start]?.indexOf(' ') ?? 0
  const length = lines.slice(start + 1).findIndex((line) => /^#{1,6} /.test(line) && line.indexOf(' ') <= level)
  return lines.slice(start + 1, length === -1 ? undefined : start + 1 + length).join('\n')
}

/** The cells of all tables in a text, row by row, without their heads. */
export function readTable(text: string): readonly (readonly string[])[] {
  const lines = withoutFences(text).split('\n')
  return lines
    .filter((line, n) => line.startsWith('|') && !isRule(line) && !isRule(lines[n + 1]))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}

/** The line between a table's head and its rows. */
function isRule(line: string | undefined): boolean {
  return /^\|[\s|:-]+\|$/.test(line ?? '')
}

export function unquote(cell: string): string {
  return cell.replaceAll('`', '')
}

function withoutFences(text: string): string {
  return text.replaceAll(/^```[^\n]*\n[\s\S]*?^```$/gm, '')
}

function toAnchor(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')
}
