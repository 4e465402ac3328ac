import type { Hono } from 'hono'
import type { AuditDesk } from '../audit-desk.ts'
import { readQueueChoice, writeQueueChoice } from '../queue-choice.ts'
import { itemAddress } from '../views/addresses.ts'
import { renderHomePage } from '../views/home-page.ts'
import { renderListPage } from '../views/list-page.ts'
import { listLength } from '../views/queue-bar.ts'
import type { Place } from '../views/shell.ts'

/** Where queues begin, and what is in them. */
export function serveQueues(app: Hono, desk: AuditDesk, place: Place): void {
  app.get('/', async (context) => {
    const decisions = await desk.decisions.list()
    const mine = decisions.filter(({ by }) => by === place.auditor).length
    return context.html(
      renderHomePage({
        place,
        options: desk.options,
        counts: desk.counts,
        decisions: { mine, others: decisions.length - mine },
        previousBuildId: desk.previous?.manifest.buildId ?? null,
      }),
    )
  })

  /** Always made anew, so that filters on decisions see the newest ones. */
  app.get('/queue', async (context) => {
    const choice = readQueueChoice(new URL(context.req.url).searchParams)
    const query = writeQueueChoice(choice)
    const queue = await desk.queues.refresh(choice)
    const first = await queue.at(0)
    return context.redirect(first === null ? `/list?${query}` : itemAddress(first.item, query, 0), 303)
  })

  app.get('/list', async (context) => {
    const parameters = new URL(context.req.url).searchParams
    const choice = readQueueChoice(parameters)
    const queue = await desk.queues.open(choice)
    const last = Math.max(1, Math.ceil(queue.total / listLength))
    const page = Math.min(last, Math.max(1, Math.trunc(Number(parameters.get('page') ?? 1)) || 1))
    const lines = await queue.list((page - 1) * listLength, listLength)
    return context.html(renderListPage({ place, choice, options: desk.options, total: queue.total, page, lines }))
  })
}
