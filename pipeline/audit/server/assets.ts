import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Hono } from 'hono'

const folder = join(import.meta.dirname, '../page')
/** In the order in which they count. */
const styles = ['base', 'bar', 'sample', 'candidate', 'decisions', 'pages', 'narrow'] as const

async function read(name: string): Promise<string> {
  return await readFile(join(folder, name), 'utf8')
}

/** Three files, read at the start: no address names a path. */
export async function serveAssets(app: Hono): Promise<void> {
  const serve = (path: string, text: string, type: string): void =>
    void app.get(path, (context) => context.body(text, 200, { 'Content-Type': type }))
  const style = await Promise.all(styles.map((name) => read(`${name}.css`)))
  serve('/audit.css', style.join('\n'), 'text/css; charset=utf-8')
  serve('/audit.js', await read('audit.js'), 'text/javascript; charset=utf-8')
  serve('/icon.svg', await read('icon.svg'), 'image/svg+xml')
  // Where a page names no icon, as plain text cannot, browsers ask for this one.
  app.get('/favicon.ico', (context) => context.body(null, 204))
}
