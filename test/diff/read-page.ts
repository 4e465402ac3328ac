export type PageTag = { readonly name: string; readonly attributes: Readonly<Record<string, string>> }

export type Page = {
  readonly tags: readonly PageTag[]
  /** All text outside tags and styles, with entities decoded. */
  readonly text: string
  readonly styles: readonly string[]
  /** Elements of the class `foreign`, with the number of folds around each. */
  readonly foreign: readonly { readonly openDetails: number }[]
}

/** SVG has attributes such as `viewBox` and `x2`, and empty elements. */
const tagPattern = /<(\/?)([a-z][a-z0-9]*)((?:\s[a-zA-Z][a-zA-Z0-9-]*="[^"<>]*")*)(\/?)>/y
const voidTags = new Set(['meta', 'link', 'input'])

/**
 * Reads a page far more strictly than a browser: every `<` must open or close a tag with quoted attributes, every tag
 * must be closed in order, `&` must begin one of five entities. What passes, each HTML parser reads in the same way.
 * @throws Error at the first thing that is not so.
 */
export function readPage(page: string): Page {
  const doctype = '<!doctype html>\n'
  if (!page.startsWith(doctype)) throw new Error('expected a doctype')
  const tags: PageTag[] = []
  const styles: string[] = []
  const foreign: { openDetails: number }[] = []
  const open: string[] = []
  let text = ''
  let at = doctype.length
  while (at < page.length) {
    const end = page.indexOf('<', at)
    text += decode(page.slice(at, end === -1 ? page.length : end))
    if (end === -1) break
    tagPattern.lastIndex = end
    const [whole, slash, name = '', list = '', isEmpty] = tagPattern.exec(page) ?? fail(page, end)
    at = end + whole.length
    if (slash === '/') {
      if (open.pop() !== name) fail(page, end)
      continue
    }
    const attributes = readAttributes(list)
    tags.push({ name, attributes })
    if (attributes['class'] === 'foreign') {
      foreign.push({ openDetails: open.filter((one) => one === 'details').length })
    }
    if (!voidTags.has(name) && isEmpty !== '/') open.push(name)
    if (name !== 'style') continue
    const close = page.indexOf('</style>', at)
    styles.push(page.slice(at, close))
    at = close
  }
  if (open.length > 0) throw new Error(`not closed: ${open.join(', ')}`)
  return { tags, text, styles, foreign }
}

function readAttributes(list: string): Record<string, string> {
  const pairs = [...list.matchAll(/([a-zA-Z][a-zA-Z0-9-]*)="([^"]*)"/g)]
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, decode(value)]))
}

const entities = new Map([
  ['&amp;', '&'],
  ['&lt;', '<'],
  ['&gt;', '>'],
  ['&quot;', '"'],
  ['&#39;', "'"],
  ['&#96;', '`'],
])

function decode(text: string): string {
  return text.replaceAll(/&[^;]*;?/g, (entity) => entities.get(entity) ?? fail(text, text.indexOf(entity)))
}

function fail(text: string, at: number): never {
  throw new Error(`not well-formed at ${at}: ${text.slice(Math.max(0, at - 40), at + 80)}`)
}
