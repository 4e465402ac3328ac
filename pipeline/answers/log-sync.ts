import { open, type FileHandle } from 'node:fs/promises'

export type LogSync = {
  /** Resolves when all that was written to the log before the call is on disk; rejects when the disk refuses. */
  readonly sync: () => Promise<void>
  /** Waits for the syncs under way. */
  readonly close: () => Promise<void>
}

/**
 * Syncs the write-ahead log of a SQLite database by its path: a sync goes for the file, whoever wrote to it. SQLite holds
 * no lock on the log, so that opening and closing it here drops none. One sync runs at a time; calls that come meanwhile
 * share the next one.
 */
export function createLogSync(path: string): LogSync {
  let handle: FileHandle | null = null
  let running: Promise<void> = Promise.resolve()
  let next: Promise<void> | null = null

  const syncOnce = async (): Promise<void> => {
    handle ??= await open(path, 'r+')
    await handle.datasync()
  }
  const sync = (): Promise<void> => {
    if (next !== null) return next
    const started = running.then(() => {
      next = null
      return syncOnce()
    })
    next = started
    running = started.catch(() => undefined)
    return started
  }
  return {
    sync,
    close: async () => {
      await running
      await handle?.close()
    },
  }
}
