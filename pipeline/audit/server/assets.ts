import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Hono } from 'hono'

const assets = {
  'audit.css': 'text/css; charset=utf-8',
  'audit.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
} as const

/** Three files, read at the start: no address names a path. */
export async function serveAssets(app: Hono): Promise<void> {
  for (const [name, type] of Object.entries(assets)) {
    const text = await readFile(join(import.meta.dirname, '../page', name), 'utf8')
    app.get(`/${name}`, (context) => context.body(text, 200, { 'Content-Type': type }))
  }
  // Where a page names no icon, as plain text cannot, browsers ask for this one.
  app.get('/favicon.ico', (context) => context.body(null, 204))
}
