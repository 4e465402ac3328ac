/** The other side failed, or another publisher was faster: what stood before stands, and the same command goes on. */
export class PublishFailure extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'PublishFailure'
  }
}
