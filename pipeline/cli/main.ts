#!/usr/bin/env node
import { enableCompileCache } from 'node:module'

// The program's modules are compiled once and not at every start, which halves the time to the first line (measured:
// 1.1 s to 0.53 s). Only what is imported after this call is cached.
enableCompileCache()
await import('./command-line.ts')
