// UTF-8 cannot hold half of a surrogate pair, so in JSON one can only arrive as an escape.
const surrogateEscape = /\\u[dD][89a-fA-F]/

const findInValue = (root: unknown): string | null => {
  const stack: { readonly path: string; readonly value: unknown }[] = [{ path: '', value: root }]
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    const { path, value } = item
    if (typeof value === 'string') {
      if (!value.isWellFormed()) return path
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, child] of Object.entries(value)) {
        if (!key.isWellFormed()) return path
        stack.push({ path: path === '' ? key : `${path}.${key}`, value: child })
      }
    }
  }
  return null
}

/**
 * What is wrong with a JSON row that holds half of a surrogate pair (`\ud83d` alone), or null. Such text has no UTF-8
 * form: every Parquet writer would replace it by U+FFFD in silence.
 */
export const findLoneSurrogate = (raw: string, value: unknown): string | null => {
  const path = surrogateEscape.test(raw) ? findInValue(value) : null
  if (path === null) return null
  return `expected well-formed Unicode, got a lone surrogate escape (half of a \\ud83d\\ude00 pair) in ${path === '' ? 'the row' : `field "${path}"`}`
}
