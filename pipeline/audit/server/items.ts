import type { Hono } from 'hono'
import type { AuditDesk } from '../audit-desk.ts'
import { readQueueChoice, writeQueueChoice, type QueueChoice } from '../queue-choice.ts'
import type { Queue, QueueEntry } from '../queues.ts'
import { mayDisturb } from '../veil.ts'
import { itemAddress } from '../views/addresses.ts'
import { describeQueue } from '../views/filters.ts'
import { renderItemPage } from '../views/item-page.ts'
import type { QueuePlace } from '../views/queue-bar.ts'
import type { Place } from '../views/shell.ts'
import { isVeilOff } from './veil-cookie.ts'

/** One sample on a screen, at its place in a queue. */
export function serveItems(app: Hono, desk: AuditDesk, place: Place, port: () => number): void {
  app.get('/item/:key', async (context) => {
    const key = context.req.param('key')
    const parameters = new URL(context.req.url).searchParams
    const choice = readQueueChoice(parameters)
    const item = await desk.items.read(key)
    if (item === null) return await context.notFound()
    const queue = await desk.queues.open(choice)
    const steps = await findSteps(queue, key, readPos(parameters.get('at')))
    if (steps.next !== null) desk.items.readAhead(steps.next.item)
    const decisions = await desk.decisions.read(item)
    const isMoved = choice.order === 'movers' && desk.readPrevious !== null
    const isDisturbing = mayDisturb(item)
    const veilOff = isVeilOff(context, port())
    const queuePlace = toPlace(queue, choice, steps)
    return context.html(
      renderItemPage({
        place,
        queue: { ...queuePlace, choice },
        options: desk.options,
        item,
        candidates: {
          policy: desk.policy,
          thresholds: desk.build.thresholds,
          decisions,
          auditor: desk.decisions.auditor,
          formToken: place.formToken,
          query: queuePlace.query,
          pos: queuePlace.pos,
          focus: steps.here?.rowId ?? null,
        },
        previous: isMoved ? ((await desk.readPrevious?.(item)) ?? null) : null,
        mayDisturb: isDisturbing,
        isVeiled: isDisturbing && !veilOff && parameters.get('show') !== '1',
        isVeilOff: veilOff,
        saved: await desk.decisions.find(parameters.get('of'), parameters.get('saved')),
      }),
    )
  })
}

type Steps = {
  /** Null when the queue does not hold the sample: it has been decided since, or the address is of another queue. */
  readonly here: QueueEntry | null
  readonly next: QueueEntry | null
  readonly previous: QueueEntry | null
}

/** The place that the address names, if the sample stands there; else wherever it stands. */
async function findSteps(queue: Queue, key: string, pos: number | null): Promise<Steps> {
  const named = pos === null ? null : await queue.at(pos)
  const here = named?.item === key ? named : await queue.find(key)
  if (here === null) return { here, next: named, previous: pos === null || pos === 0 ? null : await queue.at(pos - 1) }
  const [next, previous] = await Promise.all([queue.at(here.pos + 1), queue.at(here.pos - 1)])
  return { here, next, previous }
}

function toPlace({ total }: Queue, choice: QueueChoice, { here, next, previous }: Steps): QueuePlace {
  const query = writeQueueChoice(choice)
  const addressOf = (entry: QueueEntry | null) => (entry === null ? null : itemAddress(entry.item, query, entry.pos))
  return {
    words: describeQueue(choice),
    query,
    total,
    pos: here?.pos ?? null,
    next: addressOf(next),
    previous: addressOf(previous),
  }
}

export function readPos(text: string | null): number | null {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null
}
