import type { Context, Hono } from 'hono'
import { showUnseen } from '../../display/visible-text.ts'
import type { AuditDesk } from '../audit-desk.ts'
import type { AuditRow } from '../audit-row.ts'
import { readRequestText, readRowText } from '../read-text.ts'
import { mayDisturb } from '../veil.ts'
import { mostRequests, renderRequestsPage } from '../views/requests-page.ts'
import type { Place } from '../views/shell.ts'
import { readPos } from './items.ts'
import { isVeilOff } from './veil-cookie.ts'

/** What is loaded only when asked for: long texts, and requests as they were sent. */
export function serveTexts(app: Hono, desk: AuditDesk, place: Place, port: () => number): void {
  const readRow = async (text: string): Promise<AuditRow | null> => {
    const rowId = readPos(text)
    return rowId === null ? null : ((await desk.rows.read([rowId]))[0] ?? null)
  }

  app.get('/text/:row/:part', async (context) => {
    const row = await readRow(context.req.param('row'))
    return await sendText(context, row === null ? null : readRowText(row, context.req.param('part')))
  })

  app.get('/request-text/:digest/:part', async (context) => {
    const stored = await desk.answers.find(context.req.param('digest'))
    return await sendText(context, stored === null ? null : readRequestText(stored, context.req.param('part')))
  })

  app.get('/requests/:row', async (context) => {
    const row = await readRow(context.req.param('row'))
    if (row === null) return await context.notFound()
    const item = row.promptId === null ? null : await desk.items.read(row.promptId)
    const requests = await Promise.all(
      row.requests
        .slice(0, mostRequests)
        .map(async (digest) => ({ digest, stored: await desk.answers.find(digest.toWellFormed()) })),
    )
    return context.html(
      renderRequestsPage({
        place,
        row,
        requests,
        policyText: desk.policy.textOf(row.category),
        isVeiled:
          (item === null || mayDisturb(item)) && !isVeilOff(context, port()) && context.req.query('show') !== '1',
      }),
    )
  })
}

/** Plain text, and said to be nothing else. */
async function sendText(context: Context, text: string | null): Promise<Response> {
  if (text === null) return await context.notFound()
  return context.text(showUnseen(text), 200, { 'Content-Type': 'text/plain; charset=utf-8' })
}
