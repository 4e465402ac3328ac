import { showUnseen } from './visible-text.ts'

/** Text that is HTML already. Only `markup` and `trustedMarkup` make it, so a plain string can never pass for it. */
export type Markup = { readonly markup: string }
type Value = string | number | Markup | readonly Markup[]

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
}

/** For element content and quoted attributes alike; what is unseen is spelled out. */
export function escapeHtml(text: string): string {
  return showUnseen(text).replaceAll(/[&<>"'`]/g, (character) => entities[character] ?? '')
}

/** A template whose values are escaped unless they are markup. Attributes must be quoted in the template. */
export function markup(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return { markup: parts.map((part, n) => part + (n < values.length ? render(values[n] ?? '') : '')).join('') }
}

/** For files of this project only. */
export function trustedMarkup(text: string): Markup {
  return { markup: text }
}

function render(value: Value): string {
  if (typeof value === 'string') return escapeHtml(value)
  if (typeof value === 'number') return String(value)
  return 'markup' in value ? value.markup : value.map((one) => one.markup).join('')
}
