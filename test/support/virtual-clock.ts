import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../pipeline/models/clock.ts'

export type VirtualClock = Clock & {
  /** Resolves that many milliseconds from now. */
  readonly sleep: (ms: number) => Promise<void>
  /** Lets time pass, with all that falls due and what follows from it. */
  readonly pass: (ms: number) => Promise<void>
  readonly countTimers: () => number
}

/** Time that passes only when it is told to: minutes of traffic in a second. */
export function createVirtualClock(): VirtualClock {
  let nowMs = 0
  let order = 0
  const tasks: Task[] = []
  const after: Clock['after'] = (ms, run) => {
    const task: Task = { atMs: nowMs + Math.max(0, ms), order: order++, run, isCancelled: false }
    push(tasks, task)
    return () => {
      task.isCancelled = true
    }
  }
  return {
    now: () => nowMs,
    after,
    sleep: (ms) => new Promise((resolve) => void after(ms, resolve)),
    pass: async (ms) => {
      const endMs = nowMs + ms
      await setImmediate()
      for (;;) {
        while (tasks[0]?.isCancelled === true) pop(tasks)
        const next = tasks[0]
        if (next === undefined || next.atMs > endMs) break
        nowMs = next.atMs
        while (tasks[0] !== undefined && tasks[0].atMs <= nowMs) {
          const due = pop(tasks)
          if (due?.isCancelled === false) due.run()
        }
        await setImmediate()
      }
      nowMs = endMs
    },
    countTimers: () => tasks.filter((task) => !task.isCancelled).length,
  }
}

type Task = { readonly atMs: number; readonly order: number; readonly run: () => void; isCancelled: boolean }

function isBefore(a: Task | undefined, b: Task | undefined): boolean {
  if (a === undefined || b === undefined) return a !== undefined
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}

/** A binary heap, the earliest first. */
function push(heap: Task[], task: Task): void {
  let n = heap.length
  heap.push(task)
  while (n > 0) {
    const parent = (n - 1) >> 1
    if (!isBefore(heap[n], heap[parent])) return
    swap(heap, n, parent)
    n = parent
  }
}

function pop(heap: Task[]): Task | undefined {
  const first = heap[0]
  const last = heap.pop()
  if (first === undefined || last === undefined || heap.length === 0) return first
  heap[0] = last
  let n = 0
  for (;;) {
    const left = 2 * n + 1
    const child = isBefore(heap[left + 1], heap[left]) ? left + 1 : left
    if (!isBefore(heap[child], heap[n])) return first
    swap(heap, n, child)
    n = child
  }
}

function swap(heap: Task[], a: number, b: number): void {
  const [one, other] = [heap[a], heap[b]]
  if (one === undefined || other === undefined) return
  heap[a] = other
  heap[b] = one
}
