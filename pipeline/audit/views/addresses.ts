/* Addresses of the page. Keys of items and row ids are ours; all the same nothing stands in an address unescaped. */

export function itemAddress(key: string, query: string, pos: number | null, more = ''): string {
  const at = pos === null ? '' : `&at=${pos}`
  return `/item/${encodeURIComponent(key)}?${query}${at}${more}`
}

/** A text of a row, whole, as plain text; see read-text.ts for the parts. */
export function textAddress(rowId: number, ...part: readonly (string | number)[]): string {
  return `/text/${rowId}/${part.join('.')}`
}

export function requestsAddress(rowId: number): string {
  return `/requests/${rowId}`
}

export function requestTextAddress(digest: string, ...part: readonly (string | number)[]): string {
  return `/request-text/${encodeURIComponent(digest)}/${part.join('.')}`
}
