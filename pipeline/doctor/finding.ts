/** One line of what `doctor` found. */
export type Finding = {
  /** What was looked at, such as `node`, `store` or `model main`. */
  readonly check: string
  readonly status: 'ok' | 'warning' | 'problem'
  readonly message: string
  /** What to do; null where all is well. */
  readonly remedy: string | null
  /** A server that did not answer: waiting may mend it. */
  readonly isDown: boolean
}

export function ok(check: string, message: string): Finding {
  return { check, status: 'ok', message, remedy: null, isDown: false }
}

export function warning(check: string, message: string, remedy: string): Finding {
  return { check, status: 'warning', message, remedy, isDown: false }
}

export function problem(check: string, message: string, remedy: string): Finding {
  return { check, status: 'problem', message, remedy, isDown: false }
}

export function down(check: string, message: string, remedy: string): Finding {
  return { check, status: 'problem', message, remedy, isDown: true }
}
