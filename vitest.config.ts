import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // For tests that start processes, on a machine that has other work too: no test is about time.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    onConsoleLog(log) {
      throw new Error(`a test wrote to the console: ${log}`)
    },
  },
})
