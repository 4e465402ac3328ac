import { markup, type Markup } from '../../display/html.ts'
import { showOnOneLine } from '../../display/visible-text.ts'

/** So much of a text stands on the page; a longer one has an address of its own, as plain text. */
const shownCharacters = 20_000
/** A name, a label, an id: whatever it holds, it is one line. */
const lineCharacters = 200

export type TextBlock = {
  /** What it is, for the heading and for the button that uncovers it. */
  readonly title: string
  readonly text: string
  /** Where the whole text is to be had. */
  readonly address: string
  /** Covered until asked for. */
  readonly isVeiled: boolean
}

/**
 * A text from a prompt or a model. Covered, it is blurred and out of reach of the keyboard and of screen readers; the
 * button uncovers it, and so does the link of the whole page where there is no script.
 */
export function renderTextBlock(block: TextBlock): Markup {
  const { title, text, address, isVeiled } = block
  const words = cutText(text, shownCharacters)
  const rest =
    words.length === text.length
      ? ''
      : markup`<p class="rest"><a href="${address}">show all (${text.length.toLocaleString('en')} characters)</a></p>`
  const empty = markup`<p class="empty">empty</p>`
  if (!isVeiled) {
    return markup`<div class="text">
      ${text === '' ? empty : markup`<div class="words" dir="auto">${words}</div>`} ${rest}
    </div>`
  }
  return markup`<div class="text veiled" data-veil="">
    <div class="cover" inert="" aria-hidden="true"><div class="words" dir="auto">${words}</div> ${rest}</div>
    <button type="button" class="unveil" data-unveil="">Show ${title}</button>
  </div>`
}

/** Of a foreign text as much as fits a line. */
export function toLine(text: string, length = lineCharacters): string {
  const cut = cutText(text, length)
  return showOnOneLine(cut) + (cut.length < text.length ? ' …' : '')
}

/** Not in the middle of a character. */
export function cutText(text: string, length: number): string {
  if (text.length <= length) return text
  const last = text.charCodeAt(length - 1)
  return text.slice(0, last >= 0xd8_00 && last <= 0xdb_ff ? length - 1 : length)
}

export function toScore(score: number | null): string {
  return score === null ? '–' : score.toFixed(2)
}

const modeNames: Readonly<Record<string, string>> = {
  direct_answer: 'direct answer',
  safe_completion: 'safe completion',
  refuse_with_redirection: 'refusal with redirection',
}

export function nameMode(mode: string | null): string {
  return mode === null ? 'no answer' : (modeNames[mode] ?? toLine(mode))
}

const intentNames: Readonly<Record<string, string>> = { benign: 'benign', dual_use: 'dual use', malicious: 'malicious' }

export function nameIntent(intent: string | null): string {
  return intent === null ? 'intent not known' : (intentNames[intent] ?? toLine(intent))
}
