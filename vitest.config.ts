import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    pool: 'forks',
    onConsoleLog(log) {
      throw new Error(`a test wrote to the console: ${log}`)
    },
  },
})
