import { z } from 'zod'
import type { Context, Hono } from 'hono'
import { decisionActions } from '../../records/decision.ts'
import { UserError } from '../../records/user-error.ts'
import type { AuditDesk } from '../audit-desk.ts'
import { readQueueChoice, writeQueueChoice } from '../queue-choice.ts'
import { itemAddress } from '../views/addresses.ts'
import { readPos } from './items.ts'
import { setVeil } from './veil-cookie.ts'

const decisionFormSchema = z.object({
  row: z.string().regex(/^\d{1,9}$/),
  /** Of the text that was on the screen. */
  digest: z.string(),
  action: z.enum(decisionActions),
  // A browser sends line breaks of a form as CRLF.
  reason: z.string().transform((text) => text.toWellFormed().replaceAll('\r\n', '\n')),
  queue: z.string().max(4000),
  at: z.string().max(9),
})
const veilFormSchema = z.object({
  veil: z.enum(['on', 'off']),
  back: z.string().max(100),
  queue: z.string().max(4000),
  at: z.string().max(9),
})

/** What changes something. guard.ts has seen to it that one of our own forms asks. */
export function serveDecisions(app: Hono, desk: AuditDesk, port: () => number): void {
  app.post('/decide', async (context) => {
    const { row: rowId, digest, action, reason, queue: query, at } = await readForm(context, decisionFormSchema)
    const choice = readQueueChoice(new URLSearchParams(query))
    const [row] = await desk.rows.read([Number(rowId)])
    if (row === undefined || row.contentDigest !== digest) {
      throw new UserError('decision', 'expected the text that was on the screen, got another one; nothing was saved', {
        remedy: 'Load the sample again: the audit has been started with another build since.',
      })
    }
    const decision = await desk.decisions.decide(row, action, reason)
    const queue = await desk.queues.open(choice)
    const pos = readPos(at)
    // Words for other people leave the question open; after an answer the next sample comes.
    const goesOn = (action === 'accept' || action === 'reject') && pos !== null
    const next = goesOn ? await queue.at(pos + 1) : null
    const saved = `&saved=${decision.id}&of=${decision.promptId}`
    const address =
      next === null
        ? `${itemAddress(decision.promptId, writeQueueChoice(choice), pos, saved)}#row-${rowId}`
        : itemAddress(next.item, writeQueueChoice(choice), next.pos, saved)
    return context.redirect(address, 303)
  })

  app.post('/veil', async (context) => {
    const { veil, back, queue, at } = await readForm(context, veilFormSchema)
    setVeil(context, port(), veil)
    const query = writeQueueChoice(readQueueChoice(new URLSearchParams(queue)))
    return context.redirect(itemAddress(back, query, readPos(at)), 303)
  })
}

async function readForm<T>(context: Context, schema: z.ZodType<T>): Promise<T> {
  const parsed = schema.safeParse(await context.req.parseBody())
  if (parsed.success) return parsed.data
  throw new UserError(
    'audit_form',
    `expected the fields of a form of this page, got: ${z.prettifyError(parsed.error)}`,
    {
      remedy: 'Go back and choose what to do; nothing was saved.',
    },
  )
}
