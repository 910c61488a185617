import { join } from 'node:path'
import { describe, expect, it, type TestContext } from 'vitest'
import { mountSmallDisk, type SmallDisk } from '../store/small-disk.ts'
import { temporaryFolder } from '../store/sqlite-world.ts'
import { besides, heard, serve } from './service.ts'
import { effects, openWorld, UNLIMITED, type World } from './world.ts'

const ACME = `apiVersion: simplane/v1
kind: EsimConfiguration
metadata: { name: acme-laptops }
spec:
  windows: { serverName: smdp.acme.example }
  distribution: { to: custom, devices: [5CG40001, 5CG40002] }
`
const ONCE = ['install acme-laptops done', 'reset done', 'install acme-laptops done']

describe('a service whose disk is full', () => {
  it.for(['observe', 'savePlans', 'claim', 'settle'])(
    'when it calls %s says so, and goes on when there is room: nothing is lost, nothing sent twice',
    async (call, context) => {
      await using disk = await mounted(context)
      await using outside = await temporaryFolder()
      const world = await worldOn(disk, outside.path)
      await world.write({ 'acme.yaml': ACME, 'policy.yaml': UNLIMITED })
      await world.settle()
      await world.write({ 'acme.yaml': ACME.replace('acme.example', 'neo.example') })
      let full = false
      const service = serve(world, (parts) => ({
        ...parts,
        store: heard(parts.store, (heardCall) => {
          if (heardCall !== call || full) return
          full = true
          disk.fill()
        }),
      }))
      await service.until(() => world.trouble.length > 1)
      expect(world.trouble).toEqual(
        world.trouble.map(() => expect.stringContaining('no room left') as string),
      )
      expect(service.ended()).toBe(false)
      disk.free()
      const other = await besides(world)
      await service.until(async () => (await other.latest())?.seq === 2)
      await service.untilSettled()
      await service.stop()
      for (const id of ['d-1', 'd-2']) expect(effects(world.simulator, id)).toEqual(ONCE)
      // An install, an eSIM reset and an install for each of them, and nothing beside.
      expect(world.simulator.counts()).toEqual({ told: 6, executed: 6 })
      expect((await world.store.counts()).byVerdict['in-sync']).toBe(2)
    },
  )
})

async function mounted(context: TestContext): Promise<SmallDisk> {
  const disk = await mountSmallDisk()
  if (disk === undefined) return context.skip('mounting a tmpfs is not permitted here')
  return disk
}

/** Its store is on the small disk; the MDM is somewhere else, as MDMs are. */
async function worldOn(disk: SmallDisk, outside: string): Promise<World> {
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = disk.path
  try {
    return await openWorld({ devices: 2, path: join(outside, 'simulator.db') })
  } finally {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
  }
}
