import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command as Program } from 'commander'
import { describe, expect, it, onTestFinished } from 'vitest'
import { tasksCommand } from '../../src/cli/tasks.ts'
import type { ExitCode, Io } from '../../src/cli/io.ts'
import { recordKey } from '../../src/domain/device.ts'
import type { Command, Driver, SentKind } from '../../src/domain/driver.ts'
import { DAY, HOUR, toRfc3339 } from '../../src/domain/time.ts'
import { openDesk, type Desk } from '../../src/drivers/runbook/desk.ts'
import { IVANTI_GUIDE, PLAIN_GUIDE } from '../../src/drivers/runbook/guide.ts'
import { tasksCsv, tasksMarkdown, tasksText } from '../../src/drivers/runbook/listing.ts'
import { withRunbook } from '../../src/drivers/runbook/runbook.ts'
import { utcTime } from '../../src/report/time-format.ts'
import type { Enrolled } from './fakes/ivanti/enrolled.ts'
import { seeds } from './fakes/faults.ts'
import { openFleet } from './fakes/ivanti/fleet.ts'
import { ACME, happened, installOn, ivanti, order, type IvantiWorld } from './fakes/ivanti/world.ts'

const ALL: readonly SentKind[] = ['delete-record', 'uninstall', 'reset', 'install', 'update', 'retire']

type Setting = {
  readonly world: IvantiWorld
  readonly desk: Desk
  readonly driver: Driver
  readonly file: string
}

async function setting(manual: readonly SentKind[] = ALL): Promise<Setting> {
  const world = await ivanti({ reset: false })
  const file = join(world.file, '../tasks.db')
  const desk = openDesk(file)
  onTestFinished(() => desk[Symbol.dispose]())
  const driver = withRunbook(world.driver, { manual, desk, clock: world.clock, guide: IVANTI_GUIDE })
  return { world, desk, driver, file }
}

const uninstall = (device: Enrolled): Command =>
  order(device, 'uninstall', { configuration: 'acme-laptops', spec: ACME })

function retired(device: Enrolled): void {
  device.registrationState = 'RETIRED'
}

describe('what is handed to a person', () => {
  it('joins what both can do, and never an eSIM reset on an iPhone', async () => {
    const { driver, world } = await setting(['reset', 'update'])
    expect(driver.capabilities).toEqual({
      windows: {
        steps: [...world.driver.capabilities.windows.steps, 'reset', 'update'],
        seesEveryEsim: false,
      },
      ios: world.driver.capabilities.ios,
      idempotent: true,
    })
  })

  it('is a task that says what, where, on which device, why and by when', async () => {
    const { driver, world, desk } = await setting()
    const device = world.enrol()
    const reset = order(device, 'reset')
    const first = await driver.submit(reset)
    expect(first).toEqual({ kind: 'accepted', receipt: 't-1' })
    expect(await driver.submit(reset)).toEqual(first)
    expect(desk.tasks('open')).toMatchObject([
      {
        id: 't-1',
        what: 'Do an eSIM reset (erases every eSIM, not the laptop)',
        device: { id: String(device.id), serialNumber: device.serial },
        by: world.clock.now() + 3 * DAY,
        state: 'open',
      },
    ])
    expect(device.attributes).toHaveLength(1)
    expect(await driver.outcome(reset)).toEqual({ kind: 'pending' })
  })

  it('leaves everything else to the MDM', async () => {
    const { driver, world, desk } = await setting(['reset'])
    const device = world.enrol()
    await driver.submit(installOn(device))
    expect([desk.tasks('all').length, device.attributes.length]).toEqual([0, 2])
  })

  it('is done when somebody says so, with who, when and on what grounds; and no more than that', async () => {
    const { driver, world, desk } = await setting()
    const reset = order(world.enrol(), 'reset')
    await driver.submit(reset)
    const closing = { at: world.clock.now() + HOUR, who: 'j.doe', evidence: 'no eSIM is listed, ticket 4711' }
    desk.close('t-1', 'done', closing)
    expect(await driver.outcome(reset)).toEqual({ kind: 'done', at: closing.at, attested: closing })
  })

  it('has failed for good when somebody says that it cannot be done', async () => {
    const { driver, world, desk } = await setting()
    const reset = order(world.enrol(), 'reset')
    await driver.submit(reset)
    desk.close('t-1', 'cannot', { at: world.clock.now(), who: 'j.doe', evidence: 'lost' })
    expect(await driver.outcome(reset)).toMatchObject({
      kind: 'failed',
      code: 'cannot-be-done',
      permanent: true,
    })
  })

  it.each([
    ['nobody did it in time', 'not-done', (): void => undefined, 3 * DAY + 1],
    ['the device was retired meanwhile', 'not-active', retired, HOUR],
  ] as const)('is taken from the list when %s', async (_, code, change, later) => {
    const { driver, world, desk } = await setting()
    const device = world.enrol()
    const reset = order(device, 'reset')
    await driver.submit(reset)
    change(device)
    await world.clock.advance(later)
    expect(await driver.outcome(reset)).toMatchObject({ kind: 'failed', code, permanent: false })
    expect(desk.tasks('open')).toEqual([])
    const closing = { at: 1, who: 'j.doe', evidence: 'done' }
    expect(() => desk.close('t-1', 'done', closing)).toThrow(/not wanted any more/)
  })

  it('is taken from the list by the inventory alone, and by a newer wish for the device', async () => {
    const { driver, world, desk } = await setting()
    const [leaving, staying] = [world.enrol(), world.enrol()]
    await driver.submit(order(leaving, 'reset'))
    await driver.submit(order(staying, 'reset'))
    await driver.submit(order(staying, 'retire'))
    expect(desk.tasks('open').map(({ id }) => id)).toEqual(['t-1', 't-3'])
    leaving.registrationState = 'RETIRED'
    await driver.observe()
    expect(desk.tasks('open').map(({ id }) => id)).toEqual(['t-3'])
  })

  it.each([
    ['an eSIM reset on an iPhone', 'ios', {}, (d: Enrolled) => order(d, 'reset')],
    [
      'an eSIM reset on Windows 10',
      'windows',
      { platformVersion: '10.0.19045' },
      (d: Enrolled) => order(d, 'reset'),
    ],
    [
      'anything on a device that is being retired',
      'windows',
      { registrationState: 'RETIRE_SENT' },
      installOn,
    ],
    ['an uninstall of what is not there', 'windows', {}, uninstall],
    [
      'a deletion of the live record',
      'windows',
      {},
      (d: Enrolled) => order(d, 'delete-record', { record: recordKey('ivanti', String(d.id)) }),
    ],
  ] as const)('is never %s', async (_, os, changes, command) => {
    const { driver, world, desk } = await setting()
    const sent = command(world.enrol(os, changes))
    const first = await driver.submit(sent)
    expect(first).toMatchObject({ kind: 'refused' })
    expect(await driver.submit(sent)).toEqual(first)
    expect(await driver.outcome(sent)).toMatchObject({ kind: 'failed', permanent: true })
    expect(desk.tasks('all')).toEqual([])
  })

  it('is remembered after a restart, and numbers are never used twice', async () => {
    const { driver, world, desk, file } = await setting()
    const device = world.enrol()
    await driver.submit(order(device, 'reset'))
    const before = desk.tasks('all')
    using again = openDesk(file)
    expect(again.tasks('all')).toEqual(before)
    await driver.submit(order(device, 'reset'))
    expect(again.tasks('open').map(({ id }) => id)).toEqual(['t-2'])
  })

  it('is not kept in a file of something else', () => {
    const folder = mkdtempSync(join(tmpdir(), 'simplane-tasks-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    writeFileSync(join(folder, 'tasks.db'), 'something else, and long enough to be looked at')
    expect(() => openDesk(join(folder, 'tasks.db'))).toThrow(/cannot be opened/)
  })
})

describe('a list of tasks', () => {
  it("warns of the console's other button wherever it sends somebody to erase eSIMs", () => {
    expect(IVANTI_GUIDE.reset.how.join(' ')).toContain('NEVER choose Wipe')
    for (const guide of [IVANTI_GUIDE, PLAIN_GUIDE])
      for (const kind of ALL.filter((each) => each !== 'reset'))
        expect(guide[kind].how.join(' ')).not.toMatch(/\bwipe\b/i)
  })

  it('reads like instructions', async () => {
    const { driver, world, desk } = await setting()
    const device = world.enrol('windows', { id: 22_000, serial: '5CG1234XYZ' })
    await driver.submit(order(device, 'reset'))
    const text = tasksText(desk.tasks('open'), { now: world.clock.now(), time: utcTime })
    expect(text).toBe(`t-1  Do an eSIM reset (erases every eSIM, not the laptop)
      on     serial number 5CG1234XYZ, record ivanti/22000 (PAR-LT-22000, user22000@acme.example)
      where  Devices > the device > the eSIM reset of its details page (English consoles call it "eSIM wipe")
        1.   Compare the serial number first.
        2.   NEVER choose Wipe: that erases the device. Stop when the dialogue does not speak of eSIMs alone.
        3.   Confirm, and wait for a check-in.
        4.   On the device: see that Settings > Cellular lists no eSIM.
      why    An eSIM must go, and nothing else removes one (S11, S16, S17).
      by     Thu 26 Nov 08:00:00

When it is done: simplane tasks done ID --evidence "what was seen"
`)
    expect(tasksText([], { now: 0, time: utcTime })).toBe('Nothing to do by hand.\n')
  })

  it('holds no formula, no markup and no control character, whatever devices and people are called', async () => {
    const { driver, world, desk } = await setting()
    const device = world.enrol()
    world.fake.dials.show = (json) => ({
      ...json,
      deviceName: '=HYPERLINK("x")',
      emailAddress: '<b>|@all\u001b[2J',
    })
    await driver.submit(order(device, 'install', { configuration: '=cmd|x', spec: ACME }))
    desk.close('t-1', 'done', { at: world.clock.now(), who: '@me', evidence: '-1+1, `x` <img src=x>' })
    const tasks = desk.tasks('all')
    const csv = tasksCsv(tasks)
    expect(csv.split('\n')).toHaveLength(3)
    expect(csv).not.toMatch(/(^|,)"?[=+\-@]/m)
    const both = csv + tasksMarkdown(tasks) + tasksText(tasks, { now: 0, time: utcTime })
    expect(both).not.toContain('\u001b')
    const prose = tasksMarkdown(tasks).replaceAll(/(`+)(?!`).*?(?<!`)\1(?!`)/g, '')
    expect(prose).not.toMatch(/<|@|=HYPER/)
  })
})

describe('simplane tasks', () => {
  async function run(
    desk: Desk | undefined,
    words: readonly string[],
  ): Promise<{ code?: ExitCode; out: string }> {
    const ended: { code?: ExitCode; out: string } = { out: '' }
    const io = {
      clock: { now: () => DAY, sleep: async () => undefined },
      out: (text: string) => (ended.out += text),
      err: () => undefined,
      time: utcTime,
      actor: 'j.doe',
    } as Partial<Io> as Io
    const command = tasksCommand(
      io,
      (code) => (ended.code = code),
      // The command closes what it opens, and the test's desk stays open.
      async () => (desk === undefined ? undefined : { ...desk, [Symbol.dispose]: () => undefined }),
    )
    const program = new Program('simplane').addCommand(command)
    // As the program does with all of its commands: none of them ends the process.
    for (const each of [command, ...command.commands])
      each.exitOverride().configureOutput({ writeErr: () => undefined })
    await program.exitOverride().parseAsync(['tasks', ...words], { from: 'user' })
    return ended
  }

  it('lists them in every format, and closes one with the evidence and the name of who does it', async () => {
    const { driver, world, desk } = await setting()
    await driver.submit(order(world.enrol(), 'reset'))
    expect((await run(desk, [])).out).toContain('t-1  Do an eSIM reset')
    expect((await run(desk, ['-o', 'csv'])).out).toMatch(/^Task,State,What,/)
    expect((await run(desk, ['-o', 'markdown'])).out).toMatch(/^- \[ \] \*\*t-1\*\*/)
    const json = JSON.parse((await run(desk, ['-o', 'json'])).out) as { tasks: { by: string }[] }
    expect(json.tasks[0]?.by).toBe(toRfc3339(world.clock.now() + 3 * DAY))
    const { code, out } = await run(desk, ['done', 'T-1', '--evidence', 'no eSIM is listed'])
    expect([code, out]).toEqual([
      0,
      't-1 is done, says j.doe: Do an eSIM reset (erases every eSIM, not the laptop).\n',
    ])
    expect(desk.tasks('all')[0]?.closed).toEqual({ at: DAY, who: 'j.doe', evidence: 'no eSIM is listed' })
    expect((await run(desk, [])).out).toBe('Nothing to do by hand.\n')
  })

  it.each([
    ['an unknown task', ['done', 't-99', '--evidence', 'x'], 'not-found'],
    ['no number', ['done', 'DROP', '--evidence', 'x'], 'not-found'],
    ['empty evidence', ['done', 't-1', '--evidence', '  '], 'usage'],
    ['no evidence', ['done', 't-1'], 'commander.missingMandatoryOptionValue'],
  ])('refuses %s and changes nothing', async (_, words, code) => {
    const { driver, world, desk } = await setting()
    await driver.submit(order(world.enrol(), 'reset'))
    expect(await run(desk, words).catch((error: unknown) => error)).toMatchObject({ code })
    expect(desk.tasks('open')).toHaveLength(1)
  })

  it('closes a task once', async () => {
    const { driver, world, desk } = await setting()
    await driver.submit(order(world.enrol(), 'reset'))
    await run(desk, ['cannot', 't-1', '--because', 'lost'])
    const again = await run(desk, ['done', 't-1', '--evidence', 'x']).catch((error: unknown) => error)
    expect(again).toMatchObject({ code: 'usage' })
    expect(desk.tasks('all')[0]).toMatchObject({ state: 'cannot', closed: { evidence: 'lost' } })
  })
})

describe('a fleet where a person does the eSIM resets, and three of ten things go wrong', () => {
  it.each(seeds(20261126))('asks once for each, waits, and goes on (luck %i)', async (luck) => {
    const opened: { desk?: Desk } = {}
    const options = { devices: 3, reset: false, driver: { iccids: 'trust' as const } }
    const fleet = await openFleet(options, (driver, { file, clock }) => {
      const desk = openDesk(join(file, '../tasks.db'))
      opened.desk = desk
      onTestFinished(() => desk[Symbol.dispose]())
      return withRunbook(driver, { manual: ['reset'], desk, clock, guide: IVANTI_GUIDE })
    })
    const { desk } = opened
    const devices = [...fleet.fake.devices.values()]
    const configuration = (server: string): string => `apiVersion: simplane/v1
kind: EsimConfiguration
metadata: { name: laptops }
spec:
  windows: { serverName: ${server} }
  distribution: { to: all }
`
    fleet.spoil(0.3, luck)
    await fleet.write(
      'policy.yaml',
      `apiVersion: simplane/v1
kind: Policy
metadata: { name: default }
spec:
  proof: { reset: accepted }
  stranding: { unknown: allow }
  unknownEsims: { redownload: allow }
  retries: { attempts: 60, within: 24h }
`,
    )
    await fleet.write('laptops.yaml', configuration('smdp.acme.example'))
    await fleet.pass(12 * HOUR)
    await fleet.write('laptops.yaml', configuration('smdp.neo.example'))
    await fleet.pass(24 * HOUR)
    expect(desk?.tasks('open').map(({ kind }) => kind)).toEqual(['reset', 'reset', 'reset'])
    expect(devices.map((device) => device.chip.esims.map(({ from }) => from))).toEqual(
      devices.map(() => ['smdp.acme.example']),
    )
    for (const task of desk?.tasks('open') ?? []) {
      const device = fleet.fake.devices.get(Number(task.device.id))
      if (device !== undefined) device.chip.esims = []
      desk?.close(task.id, 'done', { at: fleet.clock.now(), who: 'j.doe', evidence: 'seen' })
    }
    await fleet.pass(24 * HOUR)
    expect(devices.map((device) => device.chip.esims.map(({ from }) => from))).toEqual(
      devices.map(() => ['smdp.neo.example']),
    )
    expect(desk?.tasks('all').map(({ state }) => state)).toEqual(['done', 'done', 'done'])
    expect(devices.map((device) => happened(device, 'downloaded'))).toEqual([2, 2, 2])
  })
})
