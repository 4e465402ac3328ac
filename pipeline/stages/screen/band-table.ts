/** Twice the room, zeros behind; the given array is spent, which spares a copy of the whole index. */
export const growUint32 = (values: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> =>
  new Uint32Array(values.buffer.transfer(values.byteLength * 2))

const empty = -1

/**
 * How many items of one key are looked at, the newest first. Prompts cut from one template share the keys that fall on
 * the template, and comparing each with all others would be quadratic (20,000 of them took 170 s, with this bound 4 s).
 * A twin in the crowd shares the keys of its own words too, and those have few items.
 */
const maxItemsPerKey = 64

/**
 * From a band key to the items that have it: hash chains in typed arrays, 12 to 16 bytes an item, where a Map of arrays
 * would take over a hundred. Items are numbered 0, 1, 2, ... and added in that order, so an item's number is its slot.
 */
export const createBandTable = () => {
  let count = 0
  let keys = new Uint32Array(1024)
  let next = new Int32Array(1024)
  let heads = new Int32Array(1024).fill(empty)

  const link = (item: number): void => {
    const slot = (keys[item] ?? 0) & (heads.length - 1)
    next[item] = heads[slot] ?? empty
    heads[slot] = item
  }
  return {
    add: (key: number): void => {
      if (count === keys.length) {
        keys = growUint32(keys)
        next = new Int32Array(keys.length)
        heads = new Int32Array(keys.length).fill(empty)
        for (let item = 0; item < count; item += 1) link(item)
      }
      keys[count] = key
      link(count)
      count += 1
    },
    collect: (key: number, into: Set<number>): void => {
      let found = 0
      let item = heads[key & (heads.length - 1)] ?? empty
      while (item !== empty && found < maxItemsPerKey) {
        if (keys[item] === key) {
          into.add(item)
          found += 1
        }
        item = next[item] ?? empty
      }
    },
  }
}
