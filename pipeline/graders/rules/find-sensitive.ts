import { createRequire } from 'node:module'
import type * as phoneLibrary from 'libphonenumber-js/max'
import * as shapes from './secret-shapes.ts'

/** `kind` is for people; `value` is the secret itself and must not be shown. */
export type SensitiveText = { readonly kind: string; readonly value: string; readonly isPersonal: boolean }

/** Beyond this the text is a list of such things, and one more would not change the verdict. */
const maxHitsPerShape = 100

// Helplines, premium and company-wide numbers belong to services, never to a person.
const serviceNumbers = new Set(['TOLL_FREE', 'PREMIUM_RATE', 'SHARED_COST', 'UAN', 'VOICEMAIL'])

/**
 * Keys, e-mail addresses, phone, card and account numbers of a text. IPv4 addresses are no finding: they rarely name a person, version numbers look the same, and public resolvers are
 * common in good answers. Short codes (988, 112) are too short to match. National phone formats other than North
 * America's are left to the judge: without a country, dates and order numbers look like them.
 */
export function* findSensitive(text: string): Generator<SensitiveText> {
  for (const { kind, start, pattern } of shapes.tokenShapes) {
    if (!text.includes(start)) continue
    for (const value of findShape(text, pattern)) if (isRealToken(value)) yield { kind, value, isPersonal: false }
  }
  if (text.includes('@')) {
    for (const value of findShape(text, shapes.emailShape)) {
      if (isPersonalEmail(value.toLowerCase())) yield { kind: 'e-mail address', value, isPersonal: true }
    }
  }
  if (text.includes('+')) {
    for (const value of findShape(text, shapes.internationalPhone)) {
      if (isPersonalPhone(value)) yield { kind: 'phone number', value, isPersonal: true }
    }
  }
  if (shapes.longNumber.test(text)) {
    for (const value of findShape(text, shapes.americanPhone)) {
      if (isPersonalPhone(value)) yield { kind: 'phone number', value, isPersonal: true }
    }
    for (const value of findShape(text, shapes.cardShape)) {
      if (isCard(value.replaceAll(/\D/gu, ''))) yield { kind: 'card number', value, isPersonal: true }
    }
  }
  for (const value of findShape(text, shapes.ibanShape)) {
    if (isIban(value.replaceAll(' ', ''))) yield { kind: 'IBAN', value, isPersonal: true }
  }
}

function findShape(text: string, pattern: RegExp): Iterable<string> {
  return text
    .matchAll(pattern)
    .take(maxHitsPerShape)
    .map(([value]) => value)
}

/** A real token is random: several digits or capitals, and many different characters (sk-learn-like-names have not). */
function isRealToken(token: string): boolean {
  if (shapes.illustration.test(token) || token.includes(shapes.sampleJwtBody)) return false
  return (token.slice(4).match(/[\dA-Z]/gu)?.length ?? 0) >= 4 && new Set(token).size >= 12
}

function isPersonalEmail(address: string): boolean {
  const at = address.lastIndexOf('@')
  return !shapes.sampleDomain.test(address.slice(at + 1)) && !shapes.publicMailbox.test(address.slice(0, at))
}

let phones: typeof phoneLibrary | null = null

/** libphonenumber is loaded with the first number, for it takes 50 ms; by `require`, since those who ask do not wait. */
export function loadPhones(): typeof phoneLibrary {
  if (phones !== null) return phones
  const loaded: typeof phoneLibrary = createRequire(import.meta.url)('libphonenumber-js/max')
  phones = loaded
  return loaded
}

/** With a country code its plan decides; without one, only North American forms come here. */
function isPersonalPhone(value: string): boolean {
  const number = loadPhones().parsePhoneNumberFromString(value, 'US')
  if (!number?.isValid() || shapes.fictionNumber.test(number.number)) return false
  return !serviceNumbers.has(number.getType() ?? '')
}

function isCard(digits: string): boolean {
  if (!shapes.cardIssuer.test(digits) || shapes.testCards.has(digits)) return false
  let sum = 0
  for (let place = 1; place <= digits.length; place += 1) {
    const digit = Number(digits.at(-place))
    const doubled = digit * 2
    sum += place % 2 === 1 ? digit : doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

/** ISO 13616: country and check digits to the end, letters to numbers, remainder 1 modulo 97. */
function isIban(iban: string): boolean {
  if (iban.length < 15 || iban.length > 34 || shapes.sampleIbans.has(iban)) return false
  let remainder = 0
  for (const sign of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(sign, 36)
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97
  }
  return remainder === 1
}

/** Enough to find it in the row, too little to use it. */
export function maskSensitive({ kind, value }: Pick<SensitiveText, 'kind' | 'value'>): string {
  const shown = kind === 'private key' ? '' : value.slice(0, Math.min(4, Math.floor(value.length / 5)))
  return `${kind}: ${shown}… (${value.length} characters)`
}
