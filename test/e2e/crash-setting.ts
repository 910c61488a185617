import type { Setting } from '../../src/app.ts'
import { DAY } from '../../src/domain/time.ts'

/** The settings of a small world in a folder: its own desired state, store and quick simulated fleet. */
export function crashSetting(base: string): Setting {
  return {
    base,
    env: {},
    settings: {
      source: { kind: 'folder', path: './desired-state' },
      schedule: '0 0 1 1 *',
      ignore: [],
      store: { kind: 'sqlite', path: './simplane.db' },
      drivers: [
        {
          name: 'simulator',
          kind: 'simulator',
          path: './simulator.db',
          devices: 84,
          seed: 7,
          latency: { min: 5, max: 40 },
        },
      ],
      limits: { mode: 'enforce' },
      retention: { history: 90 * DAY },
      log: { level: 'error' },
    },
  }
}

/** Dies at the n-th call of store, source or MDM; with `call`, at the n-th of that name, before or right after its effect. */
export type CallDeath = { readonly calls: number; readonly call?: string; readonly side?: 'before' | 'after' }
