import { describe, expect } from 'vitest'
import type { Promised } from './world.ts'

export function memoryPromises(promise: Promised): void {
  describe('what parts of the service remember', () => {
    promise('is each one’s own, replaced, forgotten, and there after a restart', async (store, world) => {
      expect(await store.remembered('reports')).toBeUndefined()
      await store.remember('reports', '{"é":"日本"}')
      await store.remember('drift', '')
      await store.remember('reports', '2')
      const reopened = await world.reopen()
      expect(await reopened.remembered('reports')).toBe('2')
      expect(await reopened.remembered('drift')).toBe('')
      await reopened.remember('reports', undefined)
      expect(await reopened.remembered('reports')).toBeUndefined()
      expect(await reopened.remembered('circumstances')).toBeUndefined()
    })
  })
}
