import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DeviceFacts, DeviceRecord, Esim } from '../../src/domain/device.ts'
import type { OnRemove } from '../../src/domain/esim.ts'
import type { PlannedStep, StepId } from '../../src/domain/plan.ts'
import { DAY, HOUR } from '../../src/domain/time.ts'
import { remember } from '../../src/plan/remember.ts'
import { afterProof, withApplied } from '../../src/plan/settled.ts'
import { configuration, entry, foreign, NOW, ours, record, windowsSpec } from '../plan/builders.ts'
import { effects, LAPTOPS, openWorld, PARIS, UNLIMITED, type World, type WorldOptions } from './world.ts'

const ACME = windowsSpec('smdp.acme.example')
const INSTALL = 'install acme-laptops done'
const UNINSTALL = 'uninstall acme-laptops done'
const ERASE = `${LAPTOPS}  onRemove: erase-all-esims\n`
const OTHER = LAPTOPS.replace('name: acme-laptops', 'name: other')
  .replace('acme.example', 'other.example')
  .replace('[paris]', '[]')

const esimsSeen = fc.constantFrom<readonly Esim[]>([], [ours('acme', ACME, { iccid: 'x1' })], [foreign('f1')])
const seen = fc.record({
  esims: fc.oneof(esimsSeen, fc.constant('unknown' as const)),
  esimsComplete: fc.boolean(),
})

function step(changes: Partial<PlannedStep>): PlannedStep {
  return {
    id: '00' as StepId,
    action: 'uninstall',
    kind: 'reset',
    rule: 'S21',
    because: '',
    state: 'ready',
    heldBy: [],
    ...changes,
  }
}

/** What a driver says of the device: it knows nothing of what simplane remembers. */
function reportOf(device: DeviceRecord, changes: Partial<DeviceFacts> = {}): DeviceFacts {
  const { provisionedBefore: _before, eraseOwed: _owed, released: _released, ...rest } = device
  return { ...rest, ...changes }
}

describe('remembering', () => {
  it('the same observation twice changes nothing the second time', () => {
    fc.assert(
      fc.property(seen, seen, fc.boolean(), (first, then, owed) => {
        const before = record('d-1', { ...first, eraseOwed: owed ? ['acme'] : [] })
        const once = remember(before, reportOf(before, then))
        expect(remember(once, reportOf(before, then))).toEqual(once)
      }),
    )
  })

  it('keeps the newest applied onRemove, mode and name through every observation, for as long as it is installed', () => {
    const applied = fc.record({
      onRemove: fc.constantFrom<OnRemove>('keep-esims', 'erase-all-esims'),
      mode: fc.constantFrom('observe', 'propose', 'enforce'),
      name: fc.constantFrom('acme', 'renamed', 'third'),
    })
    fc.assert(
      fc.property(
        fc.array(applied, { minLength: 1, maxLength: 4 }),
        fc.array(seen, { maxLength: 3 }),
        (revisions, observations) => {
          let device = record('d-1', {
            installed: [entry('acme', ACME), entry('other', windowsSpec('smdp.other.example'))],
            esims: [ours('acme', ACME, { iccid: 'x1' })],
          })
          for (const { name, onRemove, mode } of revisions) {
            const wanted = configuration(name, ACME, { onRemove, mode })
            device = withApplied(device, wanted)
            expect(withApplied(device, wanted)).toBe(device)
          }
          for (const each of observations) {
            device = remember(
              device,
              reportOf(device, {
                ...each,
                installed: [
                  entry('as-the-mdm-calls-it', ACME),
                  entry('other', windowsSpec('smdp.other.example')),
                ],
              }),
            )
          }
          const last = revisions.at(-1)
          expect(device.installed).toMatchObject([
            { configuration: last?.name, onRemove: last?.onRemove, mode: last?.mode },
            { configuration: 'other', onRemove: 'keep-esims' },
          ])
        },
      ),
    )
  })

  it('an erasure is owed from the uninstall until a reset is proven or a whole list shows no eSIM of it', () => {
    const happening = fc.oneof(seen, fc.constant('reset' as const))
    fc.assert(
      fc.property(fc.boolean(), fc.array(happening, { maxLength: 6 }), (complete, story) => {
        const there = [ours('acme', ACME, { iccid: 'x1', erase: true })]
        const before = record('d-1', {
          installed: [entry('acme', ACME, { onRemove: 'erase-all-esims' })],
          esims: there,
          esimsComplete: complete,
        })
        let device = afterProof(
          before,
          step({ kind: 'uninstall', configuration: 'acme', spec: ACME, onRemove: 'erase-all-esims' }),
          NOW,
          NOW,
        )
        let owed = true
        expect(device.eraseOwed).toEqual(['acme'])
        for (const each of story) {
          if (each === 'reset') device = afterProof(device, step({ kind: 'reset' }), NOW, NOW)
          else device = remember(device, reportOf(device, { ...each, installed: [] }))
          const shown =
            each !== 'reset' && each.esims !== 'unknown' && each.esims.some((esim) => esim.iccid === 'x1')
          if (each === 'reset') owed = false
          else if (each.esims !== 'unknown' && each.esimsComplete && !shown) owed = false
          expect(device.eraseOwed).toEqual(owed ? ['acme'] : [])
        }
      }),
    )
  })

  it('a release binds to its enrolment: another observation keeps it, another enrolment does not', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(seen, fc.boolean()), { maxLength: 5 }), (story) => {
        let device = afterProof(record('d-1'), step({ kind: 'release', retirement: 'q4' }), NOW, NOW)
        let enrolledAt = device.enrolledAt ?? 0
        let released = true
        for (const [what, again] of story) {
          if (again) enrolledAt += DAY
          released &&= !again
          device = remember(device, reportOf(device, { ...what, enrolledAt }))
          expect(device.released?.retirement).toBe(released ? 'q4' : undefined)
          if (again) expect(device).toMatchObject({ provisionedBefore: true })
        }
      }),
    )
  })
})

async function rolledOut(
  files: Readonly<Record<string, string>>,
  options: WorldOptions = {},
): Promise<World> {
  const world = await openWorld(options)
  await world.write({ 'paris.yaml': PARIS, 'policy.yaml': UNLIMITED, 'other.yaml': OTHER, ...files })
  await world.settle()
  return world
}

describe('onRemove', () => {
  it('changed plans no step, and the newest applied one counts when the file is gone', async () => {
    const world = await rolledOut({ 'acme.yaml': ERASE })
    const { told } = world.simulator.counts()
    for (const text of [LAPTOPS, ERASE, LAPTOPS]) {
      await world.write({ 'acme.yaml': text })
      await world.settle()
      await world.restart()
    }
    expect(world.simulator.counts().told).toBe(told)
    await world.write({ 'acme.yaml': undefined })
    await world.settle()
    expect(effects(world.simulator, 'd-1')).toEqual([INSTALL, UNINSTALL])
  })

  it('erases after the file is gone, held where the list is not whole, and owed until it is done', async () => {
    const world = await rolledOut({ 'acme.yaml': ERASE }, { dials: { incompleteLists: 1 } })
    await world.write({ 'acme.yaml': undefined })
    await world.settle()
    await world.restart()
    await world.settle()
    expect(effects(world.simulator, 'd-1')).toEqual([INSTALL, UNINSTALL])
    expect((await world.device('LAP-0001')).record.eraseOwed).toEqual(['acme-laptops'])
    expect((await world.store.holds()).map((hold) => hold.codes)).toContainEqual(['esim-state-unknown'])
    world.simulator.setDials({ incompleteLists: 0 })
    await world.settle()
    expect(effects(world.simulator, 'd-1')).toEqual([INSTALL, UNINSTALL, 'reset done'])
    expect((await world.device('LAP-0001')).record.eraseOwed).toEqual([])
  })
})

describe('a retirement', () => {
  const RETIRE = `apiVersion: simplane/v1
kind: DeviceGroup
metadata: { name: leaving }
spec: { selector: { mdmGroups: [SG-Leaving] } }
---
apiVersion: simplane/v1
kind: Retirement
metadata: { name: q4 }
spec: { groups: [leaving] }
`
  const RETIRED = [INSTALL, UNINSTALL, 'reset done']

  /** A fleet of which these serial numbers are in the leaving group of the MDM. */
  function leaving(serials: readonly string[]): WorldOptions {
    const facts = (device: DeviceFacts): DeviceFacts =>
      serials.includes(device.serialNumber ?? '')
        ? { ...device, groups: [...(device.groups ?? []), 'SG-Leaving'] }
        : device
    return { facts }
  }

  it('takes who is in its groups when it is first applied; who joins later is only reported', async () => {
    const serials = ['5CG40001', '5CG40002']
    const world = await rolledOut({ 'acme.yaml': LAPTOPS }, leaving(serials))
    await world.write({ 'retire.yaml': RETIRE })
    await world.settle()
    serials.splice(0, 1, '5CG40004')
    await world.restart()
    await world.live(HOUR)
    expect(effects(world.simulator, 'd-1')).toEqual(RETIRED)
    expect(effects(world.simulator, 'd-2')).toEqual(RETIRED)
    expect(effects(world.simulator, 'd-4')).toEqual([INSTALL])
    expect((await world.device('LAP-0001')).record.released).toMatchObject({ retirement: 'q4' })
    expect((await world.device('LAP-0004')).status.findings.map((finding) => finding.code)).toContain(
      'retired-device-returned',
    )
  })

  it('that was carried out leaves the device alone, also once its document is gone; a new enrolment is another life', async () => {
    const world = await rolledOut({ 'acme.yaml': LAPTOPS }, leaving(['5CG40001']))
    await world.write({ 'retire.yaml': RETIRE })
    await world.settle()
    await world.write({ 'retire.yaml': undefined })
    await world.live(HOUR)
    expect(effects(world.simulator, 'd-1')).toEqual(RETIRED)
    await world.write({ 'retire.yaml': RETIRE })
    await world.settle()
    const id = world.simulator.wipeAndReenrol('d-1')
    await world.live(HOUR)
    const device = await world.device('LAP-0001')
    expect(device.record.id).toBe(id)
    expect(device.record.released).toBeUndefined()
    expect(device.status.findings.map((finding) => finding.code)).toContain('retired-device-returned')
    expect(effects(world.simulator, id).filter((line) => line.startsWith('reset'))).toEqual([])
  })
})
