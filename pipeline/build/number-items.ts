import type { SpoolTable } from '../spool/spool.ts'
import type { NumberedItems } from '../stages/screen/screen-memory.ts'

/** Items by number in a table of a scratch file. */
export function numberItems<T>(table: SpoolTable<T>): NumberedItems<T> {
  return { append: (item) => table.append(keyOf(table.count()), item), get: (number) => table.get(keyOf(number)) }
}

function keyOf(number: number): string {
  return String(number).padStart(12, '0')
}
