/** Counts tokens. Equal texts give equal counts, on every machine. */
export type Encoder = {
  /** Of one text, as a trainer tokenises a message's content. */
  readonly countText: (text: string) => number
  /** Of a conversation with its markup: special tokens in it count as one each. */
  readonly countRendered: (text: string) => number
}
