import type { Provider } from './provider.ts'

export type ClosableProvider = Provider & { readonly close: () => Promise<void> }

export type LateProvider = ClosableProvider & {
  /** Opens it now; otherwise the first request does. Rejects with what opening throws. */
  readonly load: () => Promise<void>
}

/** A provider that is opened once it is needed: what it sends with takes 0.1 s to load, and many runs send nothing. */
export function createLateProvider(open: () => Promise<ClosableProvider>): LateProvider {
  let opened: Promise<ClosableProvider> | null = null
  const openOnce = (): Promise<ClosableProvider> => (opened ??= open())
  return {
    load: async () => void (await openOnce()),
    send: async (request, signal) => await (await openOnce()).send(request, signal),
    // One that could not be opened is nothing to close.
    close: async () => await (await opened?.catch(() => null))?.close(),
  }
}
