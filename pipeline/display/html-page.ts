import { readFile } from 'node:fs/promises'
import { markup, trustedMarkup, type Markup } from './html.ts'

/*
 * A page in one file. Prompts, models and configs wrote much of what stands in it, so every value goes through `markup`,
 * which escapes it, and this policy forbids whatever an escape might have missed: scripts, frames, forms, requests.
 */
const policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

/** @param stylePath Absolute path of a stylesheet of this project. */
export async function renderPage(title: string, stylePath: string, body: Markup): Promise<string> {
  const style = trustedMarkup(await readFile(stylePath, 'utf8'))
  const page = markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="${policy}">
        <meta name="referrer" content="no-referrer">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>${title}</title>
        <style>${style}</style>
      </head>
      <body>
        ${body}
      </body>
    </html>
`
  return page.markup
}
