/** CSS variables of report.css. Hues are of Okabe and Ito's set, which people with colour-blindness tell apart. */
export const palette = {
  blue: 'var(--blue)',
  green: 'var(--green)',
  orange: 'var(--orange)',
  purple: 'var(--purple)',
  grey: 'var(--grey)',
  mild: 'var(--mild)',
  low: 'var(--low)',
  moderate: 'var(--moderate)',
  high: 'var(--high)',
} as const
export type Colour = (typeof palette)[keyof typeof palette]

const modeColours: Readonly<Record<string, Colour>> = {
  direct_answer: palette.blue,
  safe_completion: palette.green,
  refuse_with_redirection: palette.orange,
}

/** For rows that say their colour themselves. */
export const asIs = { field: 'colour', type: 'nominal', scale: null, legend: null } as const

/** For text on a bar: what is pale in a scheme carries dark text there. */
export function inkOn(colour: Colour): string {
  if (colour === palette.mild) return 'var(--ink)'
  return colour === palette.low || colour === palette.grey ? '#1d2329' : 'var(--on-colour)'
}

export function colourOfMode(mode: string): Colour {
  return modeColours[mode] ?? palette.grey
}
