import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/**
 * The secrets of one start, none of them kept anywhere: they end with the process.
 * - `token` stands in the address that is printed. Whoever has it gets the cookie.
 * - `cookie` stands in the browser only, out of reach of scripts.
 * - `formToken` stands in our own forms, which no other page can read.
 */
export type Session = {
  readonly token: string
  readonly cookie: string
  readonly formToken: string
}

/** 256 bits each. */
const secretBytes = 32

export function createSession(): Session {
  return { token: drawSecret(), cookie: drawSecret(), formToken: drawSecret() }
}

function drawSecret(): string {
  return randomBytes(secretBytes).toString('base64url')
}

/** Takes as long whatever differs. */
export function isSameSecret(given: string | undefined, secret: string): boolean {
  return timingSafeEqual(digest(given ?? ''), digest(secret)) && given !== undefined
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
