import { describe, expect, it } from 'vitest'
import type { SentKind } from '../../src/domain/driver.ts'
import type { EsimSpec } from '../../src/domain/esim.ts'
import { SPECS, command, fresh, install, seen, start, withoutTimes } from './driver-world.ts'
import type { DriverWorld, OpenWorld, Skippable } from './driver-world.ts'

/** The part of the suite that asks whether Windows devices keep planning.md section 2. */
export function windowsConformance(open: OpenWorld): void {
  describe('preconditions on Windows', () => {
    it('install fails over an eSIM of the same server, and says that it was downloaded already', async (test) => {
      const [of, device] = await provisioned(open, test, 'install')
      const before = await seen(of.driver, device)
      const order = await install(of, device, 'windows')
      await of.driver.submit(order)
      await of.settle()
      expect(await of.driver.outcome(order)).toMatchObject({ kind: 'failed', alreadyDownloaded: true })
      expect(withoutTimes(await seen(of.driver, device))).toEqual(withoutTimes(before))
    })

    it('update changes the flags and nothing else', async (test) => {
      const [of, device] = await provisioned(open, test, 'update')
      const before = await seen(of.driver, device)
      const spec = { ...SPECS.windows, autoEnable: false } as EsimSpec
      const order = await command(of, device, 'update', { configuration: 'conform', spec })
      await of.driver.submit(order)
      await of.settle()
      expect(await of.driver.outcome(order)).toMatchObject({ kind: 'done' })
      const after = await seen(of.driver, device)
      expect(after.esims).toEqual(before.esims)
      if (after.installed !== 'unknown')
        expect(after.installed).toMatchObject([{ configuration: 'conform', spec }])
    })

    it('uninstall takes the configuration off and leaves its eSIM active', async (test) => {
      const [of, device] = await provisioned(open, test, 'uninstall')
      const before = await seen(of.driver, device)
      const order = await command(of, device, 'uninstall', {
        configuration: 'conform',
        spec: SPECS.windows,
      })
      await of.driver.submit(order)
      await of.settle()
      expect(await of.driver.outcome(order)).toMatchObject({ kind: 'done' })
      const after = await seen(of.driver, device)
      expect(after.esims).toEqual(before.esims)
      if (after.installed !== 'unknown') expect(after.installed).toEqual([])
    })

    it('eSIM reset erases every eSIM and leaves the configuration installed', async (test) => {
      const [of, device] = await provisioned(open, test, 'reset')
      const before = await seen(of.driver, device)
      const order = await command(of, device, 'reset')
      await of.driver.submit(order)
      await of.settle()
      expect(await of.driver.outcome(order)).toMatchObject({ kind: 'done' })
      const after = await seen(of.driver, device)
      if (after.esims !== 'unknown') expect(after.esims).toEqual([])
      expect(after.installed).toEqual(before.installed)
    })

    it.for(['update', 'uninstall'] as const)('%s fails where nothing is installed', async (kind, test) => {
      const of = await start(open)
      const device = await fresh(of, 'windows', test)
      if (!of.driver.capabilities.windows.steps.includes(kind)) test.skip(`no ${kind}`)
      const order = await command(of, device, kind, { configuration: 'conform', spec: SPECS.windows })
      await of.driver.submit(order)
      await of.settle()
      expect(await of.driver.outcome(order)).toMatchObject({ kind: 'failed' })
      expect(await of.effects(order.id)).toBe(0)
    })
  })
}

/** A device with the suite's configuration and its eSIM; the end of the test where the MDM cannot do `kind`. */
async function provisioned(open: OpenWorld, test: Skippable, kind: SentKind): Promise<[DriverWorld, string]> {
  const of = await start(open)
  const device = await fresh(of, 'windows', test)
  if (!of.driver.capabilities.windows.steps.includes(kind)) test.skip(`no ${kind}`)
  await of.driver.submit(await install(of, device, 'windows'))
  await of.settle()
  return [of, device]
}
