#!/usr/bin/env node

/*
 * This file must run on a Node that is too old for the others, to say so: no static import, nothing newer than Node 14.8.
 * The least Node is measured, and why it is that one stands in docs/decisions/0021-package.md.
 */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const isNewEnough = major === 22 ? minor >= 20 : major === 24 ? minor >= 8 : major > 24
if (!isNewEnough) {
  process.stderr.write(
    `error [node]: expected Node 24.8 or newer, or 22 from 22.20 on, got ${process.versions.node}\n  remedy: Install the current LTS from https://nodejs.org, or run with it once: npx -p node@24 safe-completions.\n`,
  )
  process.exitCode = 2
} else {
  // SQLite in Node counts as experimental, which says nothing to a user of this program. Other warnings stay.
  const [show] = process.listeners('warning')
  process.removeAllListeners('warning')
  process.on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning') show?.(warning)
  })
  const { enableCompileCache } = await import('node:module')
  // The program's modules are compiled once and not at every start, which halves the time to the first line (measured:
  // 1.1 s to 0.53 s). Only what is imported after this call is cached.
  enableCompileCache()
  await import('./command-line.ts')
}
