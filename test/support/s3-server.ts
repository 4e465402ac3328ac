import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { answerS3, type S3Reply, type S3State } from './s3-objects.ts'
import { listenOnLoopback } from './listen-on-loopback.ts'
import { actOut, readWireRequest, type FindFault, type WireRequest } from './wire-faults.ts'

export type S3Server = S3State & {
  readonly url: string
  readonly requests: WireRequest[]
  fault: FindFault
  /** Called when work was done whose answer is now lost. */
  onLost: () => void
}

/**
 * The part of S3 that publishing uses, with the bucket in the path, on a free loopback port. It refuses what S3 would: bodies
 * whose SHA-256 or length is not the one that was announced, small parts, conditions that do not hold, parts that
 * nobody uploaded. It does not check signatures, only that there is one.
 */
export async function startS3Server(options: Partial<Pick<S3State, 'knowsConditions'>> = {}): Promise<S3Server> {
  const state: S3Server = {
    url: '',
    bucket: 'sets',
    knowsConditions: true,
    objects: new Map(),
    uploads: new Map(),
    requests: [],
    fault: () => undefined,
    onLost: () => undefined,
    ...options,
  }
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const wire = readWireRequest(request)
    state.requests.push(wire)
    const fault = state.fault(wire)
    if (fault !== undefined && actOut(fault, request, response, '')) return
    const body = new Uint8Array(await buffer(request))
    const announced = request.headers['x-amz-content-sha256']
    const isSigned = request.headers.authorization?.startsWith('AWS4-HMAC-SHA256 ') === true
    const isWhole = announced === createHash('sha256').update(body).digest('hex')
    const reply: S3Reply = !isSigned
      ? { status: 403, code: 'AccessDenied' }
      : isWhole
        ? answerS3(state, wire, request.headers, body)
        : { status: 400, code: 'XAmzContentSHA256Mismatch' }
    if (fault === 'lose_answer') {
      state.onLost()
      request.socket.destroy()
      return
    }
    send(response, wire, reply)
  }
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (!response.destroyed)
        send(response, { method: '', path: '', query: new URLSearchParams() }, { status: 500, code: String(error) })
    })
  })
  return Object.assign(state, { url: await listenOnLoopback(server) })
}

function send(response: ServerResponse, { method }: WireRequest, { status, code, body, headers }: S3Reply): void {
  const shown =
    code === undefined
      ? (body ?? '')
      : `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`
  response.writeHead(status, {
    'content-type': typeof shown === 'string' ? 'application/xml' : 'application/octet-stream',
    ...(method === 'HEAD' ? {} : { 'content-length': Buffer.byteLength(shown) }),
    ...headers,
  })
  response.end(method === 'HEAD' ? undefined : shown)
}
