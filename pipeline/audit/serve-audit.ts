import { once } from 'node:events'
import { createAdaptorServer } from '@hono/node-server'
import { UserError } from '../records/user-error.ts'
import type { AuditDesk } from './audit-desk.ts'
import { createApp } from './server/app.ts'
import { createSession } from './server/session.ts'

export type AuditServer = {
  /** With the token of this start: whoever has it can read the build and decide. */
  readonly url: string
  readonly port: number
  readonly close: () => Promise<void>
}

export type ServeOptions = {
  /** 0: any that is free. */
  readonly port: number
  readonly onProblem: (error: unknown) => void
}

/** The only address that is listened on. From elsewhere: `ssh -L`, see docs/auditing.md. */
const host = '127.0.0.1'
/** A request has little to send; whoever sends it slower than this holds a connection for nothing. */
const requestTimeoutMs = 30_000

/**
 * Serves the desk on loopback until it is closed; the desk is the caller's.
 * @throws UserError `audit_port` when the port is taken or may not be used.
 */
export async function serveAudit(desk: AuditDesk, { port, onProblem }: ServeOptions): Promise<AuditServer> {
  const session = createSession()
  let taken = 0
  let isClosing = false
  const app = await createApp({
    desk,
    session,
    port: () => taken,
    // What is given up at the end is no problem.
    onProblem: (error) => (isClosing ? undefined : onProblem(error)),
  })
  const server = createAdaptorServer({ fetch: app.fetch, hostname: host, overrideGlobalObjects: false })
  if ('requestTimeout' in server) server.requestTimeout = requestTimeoutMs
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new UserError('audit_port', `expected to listen on ${host}:${port}, got: ${String(error)}`, {
      remedy: 'Choose another --port, or none: then any free one is taken.',
      cause: error,
    })
  }
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('expected a port')
  taken = address.port
  return {
    url: `http://${host}:${taken}/start?token=${session.token}`,
    port: taken,
    close: async () => {
      isClosing = true
      const closed = once(server, 'close')
      server.close()
      if ('closeAllConnections' in server) server.closeAllConnections()
      await closed
    },
  }
}
