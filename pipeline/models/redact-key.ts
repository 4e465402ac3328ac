const longestDetail = 500

/**
 * Makes server text fit for logs and errors: every spelling of the API key is masked first, so that the cut after it
 * cannot leave half a key.
 */
export function createRedactor(apiKey: string | null): (text: string) => string {
  const spellings = apiKey === null ? [] : [apiKey, JSON.stringify(apiKey).slice(1, -1), encodeURIComponent(apiKey)]
  return (text) => {
    const masked = spellings.reduce((masked, spelling) => masked.replaceAll(spelling, '[API key]'), text)
    return masked.length > longestDetail ? `${masked.slice(0, longestDetail)}...` : masked
  }
}
