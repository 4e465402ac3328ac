/**
 * An error the user can mend: printed without a stack, with a stable `code` and a remedy.
 * Form: "expected ... got ...", then where (row id, file and line), then what to do.
 */
export class UserError extends Error {
  readonly code: string
  readonly where: string | null
  readonly remedy: string

  constructor(
    code: string,
    message: string,
    options: { readonly where?: string; readonly remedy: string; readonly cause?: unknown },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'UserError'
    this.code = code
    this.where = options.where ?? null
    this.remedy = options.remedy
  }
}
