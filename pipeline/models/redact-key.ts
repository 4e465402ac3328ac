const longestDetail = 500

/** Masks every spelling of the API key in a text. */
export function createMask(apiKey: string | null): (text: string) => string {
  const spellings = apiKey === null ? [] : [apiKey, JSON.stringify(apiKey).slice(1, -1), encodeURIComponent(apiKey)]
  return (text) => spellings.reduce((masked, spelling) => masked.replaceAll(spelling, '[API key]'), text)
}

/**
 * Makes server text fit for logs and errors: every spelling of the API key is masked first, so that the cut after it
 * cannot leave half a key.
 */
export function createRedactor(apiKey: string | null): (text: string) => string {
  const mask = createMask(apiKey)
  return (text) => {
    const masked = mask(text)
    return masked.length > longestDetail ? `${masked.slice(0, longestDetail)}...` : masked
  }
}
