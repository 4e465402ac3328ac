import type { IncomingMessage, ServerResponse } from 'node:http'

/** What a server does instead of its work: an error, no answer at all, or the work without the answer. */
export type Fault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: object }
  | 'hang'
  | 'reset'
  | 'lose_answer'

export type WireRequest = { readonly method: string; readonly path: string; readonly query: URLSearchParams }

/** Asked before each request is served; undefined lets it be served. */
export type FindFault = (request: WireRequest) => Fault | undefined

export function readWireRequest(request: IncomingMessage): WireRequest {
  const url = new URL(request.url ?? '/', 'http://server')
  return { method: request.method ?? '', path: decodeURIComponent(url.pathname), query: url.searchParams }
}

/** Acts out a fault that needs no work; false for one that does. */
export function actOut(fault: Fault, request: IncomingMessage, response: ServerResponse, body: string): boolean {
  if (fault === 'lose_answer') return false
  if (fault === 'hang') return true
  if (fault === 'reset') {
    request.socket.destroy()
    return true
  }
  // What is refused is read all the same, as servers do.
  request.resume()
  response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers })
  response.end(fault.body === undefined ? body : JSON.stringify(fault.body))
  return true
}
