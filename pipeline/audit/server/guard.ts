import { getCookie, setCookie } from 'hono/cookie'
import { bodyLimit } from 'hono/body-limit'
import { secureHeaders } from 'hono/secure-headers'
import type { Context, Hono, MiddlewareHandler } from 'hono'
import { isSameSecret, type Session } from './session.ts'

/*
 * Who may talk to the page. Loopback is no protection by itself: any page in the same browser can send requests there, a
 * name of someone else's can be made to point at it (DNS rebinding), and other users of the machine can connect to it.
 *
 * 1. The Host is ours: a rebound name is turned away.
 * 2. Only GET, HEAD and POST.
 * 3. The printed address has the token; it is exchanged for a cookie, and the address is clean from then on.
 * 4. Everything else needs the cookie, and must not come from another page (`Sec-Fetch-Site`).
 * 5. What changes something is a POST from a page of ours (`Origin`), with the token of our forms.
 * 6. A body has a limit.
 *
 * Each refusal is a 403 (405, 413) without any of the build's text.
 */

/** The longest reason, each character in 12 bytes of percent signs, and the other fields. */
const bodyLimitBytes = 160 * 1024
const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST'])

export type GuardOptions = { readonly session: Session; readonly port: () => number }

/** A cookie is sent to every port of a host, so its name says whose it is. */
export function cookieName(port: number): string {
  return `audit_${port}`
}

/** Must come before any route. */
export function guard(app: Hono, { session, port }: GuardOptions): void {
  app.use(headers)
  app.use(async (context, next) => {
    if (!isOurHost(context.req.header('host'), port())) return refuse(context, 'This address is not the page’s own.')
    if (!methods.has(context.req.method)) return context.text('Only GET, HEAD and POST.', 405)
    return await next()
  })
  app.get('/start', (context) => {
    if (!isSameSecret(context.req.query('token'), session.token)) return refuse(context, wayIn)
    setCookie(context, cookieName(port()), session.cookie, { httpOnly: true, sameSite: 'Strict', path: '/' })
    return context.redirect('/', 303)
  })
  app.use(async (context, next) => {
    const site = context.req.header('sec-fetch-site')
    if (site !== undefined && site !== 'same-origin' && site !== 'none') return refuse(context, wayIn)
    if (!isSameSecret(getCookie(context, cookieName(port())), session.cookie)) return refuse(context, wayIn)
    return await next()
  })
  app.use(bodyLimit({ maxSize: bodyLimitBytes, onError: (context) => context.text('The body is too large.', 413) }))
  app.post('*', checkOrigin(session))
}

const wayIn =
  'Open the address that `safe-completions audit` printed, by pasting it into the address bar: a link on another page does not do. Its token changes with every start.'

function checkOrigin(session: Session): MiddlewareHandler {
  return async (context, next) => {
    const { origin, host, 'sec-fetch-site': site } = context.req.header()
    // Old browsers send no Sec-Fetch-Site, some send no Origin; without either there is no telling who asks.
    const isOurs = origin === undefined ? site === 'same-origin' : origin === `http://${host}`
    if (!isOurs) return refuse(context, 'The request comes from another page.')
    const { 'form-token': token } = await context.req.parseBody()
    if (!isSameSecret(typeof token === 'string' ? token : undefined, session.formToken)) {
      return refuse(context, 'The form is of an earlier start: go back, load the page again, and repeat.')
    }
    return await next()
  }
}

function isOurHost(host: string | undefined, port: number): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].some((name) => host === `${name}:${port}`)
}

function refuse(context: Context, why: string): Response {
  return context.text(`Refused. ${why}\n`, 403)
}

/**
 * Nothing but our own two files runs or styles the page, it is in no frame, and no browser keeps it. The referrer goes to
 * our own pages only: with `no-referrer` browsers would send our own forms with `Origin: null`.
 */
const headers: MiddlewareHandler = async (context, next) => {
  await applySecureHeaders(context, next)
  context.header('Cache-Control', 'no-store')
}

const applySecureHeaders = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    connectSrc: ["'self'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
    requireTrustedTypesFor: ["'script'"],
    trustedTypes: ["'none'"],
  },
  crossOriginOpenerPolicy: 'same-origin',
  crossOriginResourcePolicy: 'same-origin',
  referrerPolicy: 'same-origin',
  xContentTypeOptions: true,
  xFrameOptions: 'DENY',
  strictTransportSecurity: false,
  permissionsPolicy: { camera: false, microphone: false, geolocation: false, clipboardRead: false },
})
