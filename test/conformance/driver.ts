import { describe, expect, it } from 'vitest'
import { recordKey } from '../../src/domain/device.ts'
import type { SentKind } from '../../src/domain/driver.ts'
import { SimplaneError } from '../../src/domain/error.ts'
import { specIdentity } from '../../src/domain/esim.ts'
import { windowsConformance } from './driver-windows.ts'
import { SPECS, command, fresh, install, inventory, seen, start, withoutTimes } from './driver-world.ts'
import type { OpenWorld } from './driver-world.ts'

/** The largest fleet of the suite: more than any driver puts on one page. */
const MANY = 1203

/** Everything that can be sent. */
const KINDS: readonly SentKind[] = ['install', 'update', 'uninstall', 'reset', 'delete-record', 'retire']

/**
 * The suite that every driver passes. `open` gives a world of about `devices` devices; it is closed after each test.
 * What the driver's capabilities or its world exclude is skipped, visibly.
 */
export function driverConformance(name: string, open: OpenWorld): void {
  describe(`driver ${name}`, () => {
    describe('inventory', () => {
      it.each([0, 1, 3, MANY])(
        'lists each of %i devices once, and as many as it says there are',
        async (devices) => {
          const { driver } = await start(open, devices)
          const { observations, totals } = await inventory(driver)
          const ids = observations.map(({ facts }) => facts.id)
          expect(ids.length).toBeGreaterThanOrEqual(devices)
          expect(new Set(ids).size).toBe(ids.length)
          for (const total of totals) expect(total ?? ids.length).toBe(ids.length)
        },
      )

      it('gives every page again when asked again with its cursor', async () => {
        const { driver } = await start(open, MANY)
        let cursor: string | undefined
        do {
          const page = await driver.observe(cursor)
          expect(await driver.observe(cursor)).toEqual(page)
          cursor = page.next
        } while (cursor !== undefined)
      })

      it('shows in a look what it shows in the inventory', async () => {
        const { driver } = await start(open, 45)
        const { observations } = await inventory(driver)
        expect(observations.length).toBeGreaterThan(0)
        for (const observation of observations) {
          expect(await driver.look(observation.facts.id)).toEqual(observation)
        }
      })

      it('keys every record by its name and id', async () => {
        const { driver } = await start(open, 45)
        const { observations } = await inventory(driver)
        expect(observations.length).toBeGreaterThan(0)
        for (const { facts } of observations) {
          expect(facts.driver).toBe(driver.name)
          expect(facts.key).toBe(recordKey(driver.name, facts.id))
        }
      })

      it.each(['no-such-device', '', '../1', '%', '1; drop table device'])(
        'knows no device "%s"',
        async (id) => {
          const { driver } = await start(open)
          expect(await driver.look(id)).toBeUndefined()
        },
      )
    })

    describe.each(['windows', 'ios'] as const)('install on %s', (family) => {
      it('brings the configuration and one eSIM from its server, and says so', async (test) => {
        const of = await start(open)
        const device = await fresh(of, family, test)
        const order = await install(of, device, family)
        expect(await of.driver.submit(order)).toMatchObject({ kind: 'accepted' })
        await of.settle()
        expect(await of.driver.outcome(order)).toMatchObject({ kind: 'done' })
        expect(await of.effects(order.id)).toBe(1)
        const { installed, esims } = await seen(of.driver, device)
        if (installed !== 'unknown') {
          const entry = { configuration: 'conform', spec: SPECS[family], managed: true, state: 'installed' }
          expect(installed).toMatchObject([entry])
        }
        if (esims !== 'unknown' && of.driver.capabilities[family].seesEveryEsim) {
          expect(esims).toMatchObject([{ source: { identity: specIdentity(SPECS[family]) }, enabled: true }])
        }
      })

      it('does nothing when it is sent again under the same id, before and after it was done', async (test) => {
        const of = await start(open)
        const device = await fresh(of, family, test)
        if (!of.driver.capabilities.idempotent) test.skip('not idempotent')
        const order = await install(of, device, family)
        const first = await of.driver.submit(order)
        expect(await of.driver.submit(order)).toEqual(first)
        await of.settle()
        const after = await seen(of.driver, device)
        expect(await of.driver.submit(order)).toEqual(first)
        await of.settle()
        expect(await of.effects(order.id)).toBe(1)
        expect(withoutTimes(await seen(of.driver, device))).toEqual(withoutTimes(after))
      })

      it.for(['late', 'lost', 'twice'] as const)(
        'takes effect once when its answer comes %s',
        async (how, test) => {
          const of = await start(open)
          if (!(await of.answer(how))) test.skip(`answers never come ${how}`)
          const device = await fresh(of, family, test)
          const order = await install(of, device, family)
          const first = await of.driver.submit(order)
          await of.settle()
          const answers: string[] = []
          for (let asked = 0; asked < 5; asked++) {
            answers.push((await of.driver.outcome(order)).kind)
            if (of.driver.capabilities.idempotent) expect(await of.driver.submit(order)).toEqual(first)
            await of.settle()
          }
          expect(answers[0]).toBe(how === 'twice' ? 'done' : 'pending')
          expect(answers[4]).toBe(how === 'lost' ? 'pending' : 'done')
          expect(await of.effects(order.id)).toBe(1)
        },
      )

      it('waits for a device that is off, and happens once it is on again', async (test) => {
        const of = await start(open)
        const device = await fresh(of, family, test)
        await of.online(device, false)
        const before = await seen(of.driver, device)
        const order = await install(of, device, family)
        await of.driver.submit(order)
        await of.settle()
        expect(await of.driver.outcome(order)).toMatchObject({ kind: 'pending' })
        expect(await of.effects(order.id)).toBe(0)
        expect(await seen(of.driver, device)).toEqual(before)
        await of.online(device, true)
        await of.settle()
        expect(await of.driver.outcome(order)).toMatchObject({ kind: 'done' })
        expect(await of.effects(order.id)).toBe(1)
      })

      it('never happens on a device that was retired before it checked in', async (test) => {
        const of = await start(open)
        const device = await fresh(of, family, test)
        const order = await install(of, device, family)
        await of.driver.submit(order)
        await of.retire(device)
        await of.settle()
        expect(await of.effects(order.id)).toBe(0)
        expect((await of.driver.outcome(order)).kind).not.toBe('done')
        expect(await seen(of.driver, device)).toMatchObject({ registration: 'retired' })
      })

      it('never happens on a device that is retired already', async (test) => {
        const of = await start(open)
        const device = await fresh(of, family, test)
        await of.retire(device)
        const before = await seen(of.driver, device)
        const order = await install(of, device, family)
        await of.driver.submit(order)
        await of.settle()
        expect(await of.effects(order.id)).toBe(0)
        expect(await seen(of.driver, device)).toEqual(before)
      })
    })

    windowsConformance(open)

    describe('what cannot be', () => {
      it.for(['windows', 'ios'] as const)(
        'refuses what its capabilities exclude on %s',
        async (family, test) => {
          const of = await start(open)
          const device = await fresh(of, family, test)
          const before = await seen(of.driver, device)
          const excluded = KINDS.filter((kind) => !of.driver.capabilities[family].steps.includes(kind))
          if (excluded.length === 0) test.skip('nothing is excluded')
          for (const kind of excluded) {
            const order = await command(of, device, kind, { configuration: 'conform', spec: SPECS[family] })
            expect(await of.driver.submit(order)).toMatchObject({ kind: 'refused' })
            await of.settle()
            expect(await of.effects(order.id)).toBe(0)
          }
          expect(withoutTimes(await seen(of.driver, device))).toEqual(withoutTimes(before))
        },
      )

      it('deletes a stale record and no live one', async (test) => {
        const of = await start(open)
        const old = await fresh(of, 'windows', test)
        if (!of.driver.capabilities.windows.steps.includes('delete-record')) test.skip('no delete-record')
        const live = (await of.reenrol(old)) ?? test.skip('nothing enrols again')
        const wrong = await command(of, live, 'delete-record', { record: recordKey(of.driver.name, live) })
        const right = await command(of, live, 'delete-record', { record: recordKey(of.driver.name, old) })
        expect(await of.driver.submit(wrong)).toMatchObject({ kind: 'refused' })
        expect(await of.driver.submit(right)).toMatchObject({ kind: 'accepted' })
        await of.settle()
        expect(await of.driver.look(live)).toBeDefined()
        expect(await of.driver.look(old)).toBeUndefined()
        expect(await of.driver.outcome(right)).toMatchObject({ kind: 'done' })
      })

      it('refuses a command for a device that is not there', async (test) => {
        const of = await start(open)
        const order = await command(of, await fresh(of, 'any', test), 'retire')
        const nobody = { id: 'nobody', key: recordKey(of.driver.name, 'nobody') }
        const submission = await of.driver.submit({ ...order, device: { ...order.device, ...nobody } })
        expect(submission).toMatchObject({ kind: 'refused' })
      })

      it('does not know the outcome of a command that it never received', async (test) => {
        const of = await start(open)
        const order = await command(of, await fresh(of, 'any', test), 'retire')
        expect(await of.driver.outcome(order)).toEqual({ kind: 'unknown' })
      })
    })

    it('throws driver-unreachable for everything while the MDM is away, and goes on afterwards', async (test) => {
      const of = await start(open)
      const device = await fresh(of, 'any', test)
      const order = await command(of, device, 'retire')
      await of.reachable(false)
      const { driver } = of
      const calls = [
        async () => driver.observe(),
        async () => driver.look(device),
        async () => driver.submit(order),
        async () => driver.outcome(order),
      ]
      for (const call of calls) {
        const error: unknown = await call().catch((thrown: unknown) => thrown)
        expect(error).toBeInstanceOf(SimplaneError)
        expect(error).toMatchObject({ code: 'driver-unreachable' })
      }
      await of.reachable(true)
      expect(await of.driver.look(device)).toBeDefined()
      expect(await of.driver.outcome(order)).toEqual({ kind: 'unknown' })
    })
  })
}
