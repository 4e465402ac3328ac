const names = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' })

/** The English name of a language by its ISO 639-1 code; null for a code that is none. */
export function nameLanguage(code: string): string | null {
  return names.of(code) ?? null
}
