import { openSimulator } from '../../src/drivers/simulator/simulator.ts'

/** Makes a fleet too large to be finished soon, and says when it has begun. Started and killed by a test. */
await openSimulator({
  path: process.argv[2] ?? '',
  devices: 2_000_000,
  clock: { now: () => Date.now(), sleep: async () => undefined },
  progress: (written) => process.send?.(written),
})
