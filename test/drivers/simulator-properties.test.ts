import { array, assert, asyncProperty, boolean, constant, constantFrom, nat, oneof, record } from 'fast-check'
import type { Arbitrary } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { recordKey } from '../../src/domain/device.ts'
import type { Platform } from '../../src/domain/device.ts'
import type { Command, CommandId, SentKind } from '../../src/domain/driver.ts'
import { specAddress } from '../../src/domain/esim.ts'
import type { EsimSpec } from '../../src/domain/esim.ts'
import { DAY } from '../../src/domain/time.ts'
import { openSimulator } from '../../src/drivers/simulator/simulator.ts'
import { testClock } from '../clock.ts'
import { inventory, seen } from '../conformance/driver-world.ts'
import { bareModel, follow } from './device-model.ts'
import type { DeviceModel } from './device-model.ts'

/** Two ordinary laptops, one with Windows 10, and an iPhone, all bare. */
const DEVICES = ['d-1', 'd-2', 'd-26', 'd-32'] as const
type Id = (typeof DEVICES)[number]

type Told = { readonly id: Id; readonly kind: SentKind; readonly name: string; readonly server: number }
type Happening =
  | ({ readonly what: 'tell' } & Told)
  | { readonly what: 'again'; readonly which: number }
  | { readonly what: 'wait'; readonly ms: number }
  | { readonly what: 'switch'; readonly id: Id; readonly online: boolean }
  | { readonly what: 'delete-esims'; readonly id: Id }

const id = constantFrom(...DEVICES)
const kind = oneof(
  { weight: 20, arbitrary: constant<SentKind>('install') },
  { weight: 12, arbitrary: constantFrom<SentKind[]>('update', 'uninstall', 'reset') },
  { weight: 1, arbitrary: constant<SentKind>('retire') },
)
const name = constantFrom('a', 'b')
const tell = record({ what: constant('tell' as const), id, kind, name, server: nat({ max: 1 }) })
const wait = record({ what: constant('wait' as const), ms: nat({ max: 60_000 }) })
const happening: Arbitrary<Happening> = oneof(
  { weight: 6, arbitrary: tell },
  { weight: 4, arbitrary: wait },
  { weight: 2, arbitrary: record({ what: constant('again' as const), which: nat() }) },
  { weight: 1, arbitrary: record({ what: constant('switch' as const), id, online: boolean() }) },
  { weight: 1, arbitrary: record({ what: constant('delete-esims' as const), id }) },
)
const rate = constantFrom(0, 0, 0.3)
const dials = record({
  notNow: rate,
  lostAnswers: rate,
  duplicatedAnswers: rate,
  errorRate: rate,
  submitThrows: rate,
  deferred: rate,
})

describe('whatever happens, in whatever order', () => {
  it('devices keep the rules, no command takes effect twice, and the log tells the whole story', async () => {
    const reached = new Set<string>()
    await assert(
      asyncProperty(
        array(happening, { minLength: 5, maxLength: 60, size: 'max' }),
        dials,
        nat(),
        async (story, badDays, seed) => {
          const clock = testClock()
          await using simulator = await openSimulator({ path: ':memory:', seed, clock, dials: badDays })
          const told = new Map<string, Command>()
          const deletions: { readonly after: number; readonly id: Id }[] = []
          for (const next of story) {
            const command =
              next.what === 'again' ? pick([...told.values()], next.which) : commandOf(next, told.size)
            if (command !== undefined) {
              told.set(command.id, command)
              await simulator.submit(command).catch(() => undefined)
            }
            if (next.what === 'wait') await clock.advance(next.ms)
            if (next.what === 'switch') simulator.setOnline(next.id, next.online)
            if (next.what === 'delete-esims') {
              deletions.push({ after: simulator.log().length, id: next.id })
              simulator.userDeletesEsim(next.id)
            }
          }
          simulator.setDials({ notNow: 0 })
          for (const device of DEVICES) simulator.setOnline(device, true)
          await clock.advance(DAY)

          const models = new Map<string, DeviceModel>(
            DEVICES.map((device) => [device, bareModel(device !== 'd-32')]),
          )
          const log = simulator.log()
          for (let index = 0; index <= log.length; index++) {
            for (const { id: device } of deletions.filter(({ after }) => after === index)) {
              const model = models.get(device)!
              // Nobody hears of what happens on a device that has been retired.
              if (model.active) models.set(device, { ...model, esims: [] })
            }
            const entry = log[index]
            if (entry === undefined || entry.result === 'duplicate') continue
            models.set(entry.device, follow(models.get(entry.device)!, entry, told.get(entry.command)!))
            reached.add(`${entry.kind} ${entry.code ?? entry.result}`)
          }
          for (const device of DEVICES) {
            const model = models.get(device)!
            const { registration, installed, esims } = await seen(simulator, device)
            if (installed === 'unknown' || esims === 'unknown') throw new Error('nothing is unknown here')
            expect(registration).toBe(model.active ? 'active' : 'retired')
            const entries = installed.map(
              ({ configuration, spec }) => `${configuration} ${specAddress(spec)}`,
            )
            expect(entries.sort()).toEqual(
              model.installed.map((entry) => `${entry.name} ${entry.address}`).sort(),
            )
            expect(esims.map(({ source }) => source?.configuration)).toEqual(
              model.esims.map((esim) => esim.name),
            )
            expect(new Set(esims.map(({ iccid }) => iccid)).size).toBe(esims.length)
          }
          for (const command of told.keys()) expect(simulator.effects(command)).toBeLessThanOrEqual(1)
          expect(log.filter((entry) => entry.kind === 'reset' && entry.device === 'd-26')).toEqual([])
        },
      ),
      { numRuns: 200 },
    )
    // The stories must have been rich enough to prove something.
    const needed = ['install done', 'install already-downloaded', 'install unsupported-os', 'uninstall done']
    expect([...reached]).toEqual(
      expect.arrayContaining([...needed, 'reset done', 'update done', 'update not-installed']),
    )
  })

  it('the same story ends the same, however often anybody looked', async () => {
    await assert(
      asyncProperty(array(happening, { maxLength: 30, size: 'max' }), dials, async (story, badDays) => {
        const ends: unknown[] = []
        for (const curious of [false, true]) {
          const clock = testClock()
          await using simulator = await openSimulator({ path: ':memory:', clock, dials: badDays })
          for (const [index, next] of story.entries()) {
            const command = commandOf(next, index)
            if (command !== undefined) await simulator.submit(command).catch(() => undefined)
            if (next.what === 'wait') await clock.advance(next.ms)
            if (curious) await inventory(simulator)
          }
          await clock.advance(DAY)
          ends.push([await inventory(simulator), DEVICES.map((device) => simulator.log(device))])
        }
        expect(ends[1]).toEqual(ends[0])
      }),
      { numRuns: 40 },
    )
  })
})

function commandOf(happened: Happening, number: number): Command | undefined {
  if (happened.what !== 'tell') return undefined
  const { id: device, kind: step, name: configuration, server } = happened
  const platform = device === 'd-32' ? 'ios' : 'windows'
  const carried =
    step === 'reset' || step === 'retire' ? {} : { configuration, spec: specOf(platform, server) }
  return {
    id: `p.${number}.1.1` as CommandId,
    kind: step,
    device: { key: recordKey('simulator', device), id: device, platform },
    ...carried,
  }
}

function specOf(platform: Platform, server: number): EsimSpec {
  const serverName = `s${server}.example`
  if (platform === 'ios') return { platform, carrierUrl: `https://${serverName}/` }
  return { platform: 'windows', serverName, isDiscoveryServer: false, autoEnable: true }
}

function pick<T>(from: readonly T[], which: number): T | undefined {
  return from.length === 0 ? undefined : from[which % from.length]
}
