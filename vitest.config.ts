import { defineConfig } from 'vitest/config'

const report = process.env['SIMPLANE_TEST_REPORT']

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // By itself it leaves a core free, which of two is half of the machine.
    maxWorkers: '100%',
    reporters: report === undefined ? ['default'] : ['default', 'json'],
    ...(report === undefined ? {} : { outputFile: { json: report } }),
  },
})
