import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import pLimit from 'p-limit'
import { systemClock } from '../../src/clock.ts'
import type { Command, CommandId, Observation } from '../../src/domain/driver.ts'
import { openNanoMdm, type PushedDriver } from '../../src/drivers/nanomdm/nanomdm.ts'
import { openReceiver } from './fakes/receiver.ts'

/*
 * node test/drivers/nanomdm-throughput.ts [DEVICES]
 *
 * An install for each device of a fleet, through the driver to the fake (in a process of its own) and back by webhook:
 * written before it is sent, sent over HTTP, acknowledged by the device, signature checked, kept on disk.
 */
const devices = Number(process.argv[2] ?? 10_000)
const folder = await mkdtemp(join(tmpdir(), 'simplane-throughput-'))
let driver: PushedDriver | undefined
const receiver = await openReceiver(() => driver ?? fail('webhook before the driver'))
const child = fork(resolve(import.meta.dirname, 'fakes/throughput-child.ts'), [String(devices), receiver.url])
const [{ address, apiKey }] = (await once(child, 'message')) as [{ address: string; apiKey: string }]
try {
  driver = await openNanoMdm({
    name: 'nanomdm',
    path: join(folder, 'nanomdm.db'),
    clock: systemClock,
    address,
    apiKey: () => apiKey,
    webhookKey: () => 'hook-key',
  })
  await measure(driver)
} finally {
  child.disconnect()
  await driver?.[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
}

async function measure(of: PushedDriver): Promise<void> {
  const enrolled = mark()
  await until(async () => (await inventory(of)).length === devices)
  const read = async (): Promise<boolean> =>
    (await inventory(of)).every(({ facts }) => facts.esims !== 'unknown')
  await until(read)
  say('enrolled, asked and read (DeviceInformation)', devices, enrolled)
  const fleet = await inventory(of)
  const limit = pLimit(64)
  const begun = mark()
  const submissions = await Promise.all(fleet.map((seen, at) => limit(() => of.submit(install(seen, at)))))
  say('RefreshCellularPlans accepted', count(submissions, 'accepted'), begun)
  await until(async () => {
    const outcomes = await Promise.all(fleet.map((seen, at) => of.outcome(install(seen, at))))
    return count(outcomes, 'done') === devices
  })
  say('… and acknowledged by its device', devices, begun)
  child.send('count')
  const [{ effects }] = (await once(child, 'message')) as [{ effects: number }]
  process.stdout.write(`${effects} effects on ${devices} devices\n`)
}

function install({ facts }: Observation, at: number): Command {
  const { key, id, platform } = facts
  const spec = { platform: 'ios', carrierUrl: 'https://smdp.acme.example/' } as const
  return {
    id: `1.${at}.1.1` as CommandId,
    kind: 'install',
    device: { key, id, platform },
    configuration: 'acme',
    spec,
  }
}

async function inventory(of: PushedDriver): Promise<readonly Observation[]> {
  const all: Observation[] = []
  let cursor: string | undefined
  do {
    const page = await of.observe(cursor)
    all.push(...page.observations)
    cursor = page.next
  } while (cursor !== undefined)
  return all
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await setTimeout(20)
}

function count(all: readonly { readonly kind: string }[], kind: string): number {
  return all.filter((each) => each.kind === kind).length
}

type Mark = { readonly at: number; readonly cpu: NodeJS.CpuUsage }

function mark(): Mark {
  return { at: performance.now(), cpu: process.cpuUsage() }
}

/** The processor time is this process's alone: what the driver and the receiver of webhooks take. */
function say(what: string, n: number, { at, cpu }: Mark): void {
  const ms = performance.now() - at
  const { user, system } = process.cpuUsage(cpu)
  const each = ((user + system) / 1_000 / n).toFixed(2)
  const rate = Math.round((n * 1_000) / ms)
  process.stdout.write(
    `${what}: ${n} in ${(ms / 1_000).toFixed(1)} s, ${rate} a second, ${each} ms of processor each\n`,
  )
}

function fail(message: string): never {
  throw new Error(message)
}
