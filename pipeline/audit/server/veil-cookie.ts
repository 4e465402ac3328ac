import { getCookie, setCookie } from 'hono/cookie'
import type { Context } from 'hono'

/* "Never cover in this session": ends with the browser, and with the port of this start. */

const cookieOf = (port: number): string => `audit_veil_${port}`

export function isVeilOff(context: Context, port: number): boolean {
  return getCookie(context, cookieOf(port)) === 'off'
}

export function setVeil(context: Context, port: number, veil: 'on' | 'off'): void {
  setCookie(context, cookieOf(port), veil, { httpOnly: true, sameSite: 'Strict', path: '/' })
}
