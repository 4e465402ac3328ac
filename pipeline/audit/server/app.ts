import { Hono, type Context } from 'hono'
import { UserError } from '../../records/user-error.ts'
import type { AuditDesk } from '../audit-desk.ts'
import { renderMessagePage } from '../views/message-page.ts'
import type { Place } from '../views/shell.ts'
import { serveAssets } from './assets.ts'
import { serveDecisions } from './decisions.ts'
import { guard } from './guard.ts'
import { serveItems } from './items.ts'
import { serveQueues } from './queues.ts'
import type { Session } from './session.ts'
import { serveTexts } from './texts.ts'

export type AppOptions = {
  readonly desk: AuditDesk
  readonly session: Session
  /** The port that is listened on, known once it is. */
  readonly port: () => number
  /** Told of every failure, with all that is known of it; the page shows only what the user can mend. */
  readonly onProblem: (error: unknown) => void
}

/** Errors that our own words explain, without a path or a row in them. */
const explained: ReadonlySet<string> = new Set(['audit_queue', 'audit_form', 'decision'])

export async function createApp({ desk, session, port, onProblem }: AppOptions): Promise<Hono> {
  const app = new Hono()
  const place: Place = {
    name: desk.build.manifest.name,
    buildId: desk.build.manifest.buildId,
    auditor: desk.decisions.auditor,
    formToken: session.formToken,
  }
  guard(app, { session, port })
  await serveAssets(app)
  serveQueues(app, desk, place)
  serveItems(app, desk, place, port)
  serveTexts(app, desk, place, port)
  serveDecisions(app, desk, port)
  const say = (context: Context, status: 400 | 404 | 500, title: string, message: string, remedy: string) =>
    context.html(renderMessagePage(place, title, message, remedy), status)
  app.notFound((context) => say(context, 404, 'Not here', 'There is no such page.', 'Go back, or begin with a queue.'))
  app.onError((error, context) => {
    if (error instanceof UserError && explained.has(error.code)) {
      return say(context, 400, 'That did not work', error.message, error.remedy)
    }
    onProblem(error)
    return say(context, 500, 'That failed', 'Something failed that this page cannot mend.', 'The terminal says more.')
  })
  return app
}
