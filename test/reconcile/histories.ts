import fc from 'fast-check'
import type { DeviceFacts } from '../../src/domain/device.ts'
import type { EsimSpec } from '../../src/domain/esim.ts'
import { approveHold } from '../../src/reconcile/approve.ts'
import { retry } from '../../src/reconcile/retry.ts'
import { MINUTE } from '../../src/domain/time.ts'
import { LAPTOPS, openWorld, PARIS, type World, type WorldOptions } from './world.ts'

/** Something that happens between two passes, to device d-`device` where it is about one. */
export type Happening = { readonly kind: keyof typeof HAPPENINGS; readonly device: number }

/** A world whose MDM can be made to say something else of a device, and what the story has written so far. */
export type Told = {
  readonly world: World
  readonly says: Map<string, Partial<DeviceFacts>>
  readonly configuration: Map<string, string>
}

const OTHER: EsimSpec = {
  platform: 'windows',
  serverName: 'other.example',
  isDiscoveryServer: false,
  autoEnable: true,
}

/** Fourteen laptops of Paris (d-1 to d-14), fourteen of Lyon, phones and tablets. */
const DEVICES = 42

export async function beginHistory(given: Pick<WorldOptions, 'planner'> = {}): Promise<Told> {
  const says = new Map<string, Partial<DeviceFacts>>()
  const world = await openWorld({
    ...given,
    devices: DEVICES,
    facts: (facts) => ({ ...facts, ...says.get(facts.id) }),
  })
  await world.write({
    'acme.yaml': LAPTOPS,
    'paris.yaml': PARIS,
    'lyon.yaml': group('lyon', '{ mdmGroups: [SG-Laptops-Lyon] }'),
    'policy.yaml': policy('budgets: { reset: { perDay: 3 }, uninstall: { perDay: 4 } }'),
  })
  await world.settle()
  return { world, says, configuration: new Map() }
}

export async function happen(told: Told, { kind, device }: Happening): Promise<void> {
  await HAPPENINGS[kind](told, `d-${device}`, device)
}

type Happens = (told: Told, id: string, device: number) => unknown

const REVISED = {
  server: ({ world }, _id, n) => world.write({ 'acme.yaml': LAPTOPS.replace('smdp.acme', `smdp.n${n}`) }),
  'server of lyon': ({ world }, _id, n) =>
    world.write({ 'beta.yaml': laptops('beta', `smdp.b${n % 3}`, 'groups: [lyon]') }),
  flags: ({ world }, _id, n) =>
    world.write({ 'acme.yaml': LAPTOPS.replace('example }', `example, autoEnable: ${n % 2 === 0} }`) }),
  keep: ({ world }) => world.write({ 'acme.yaml': `${LAPTOPS}  onRemove: keep-esims\n` }),
  erase: ({ world }) => world.write({ 'acme.yaml': `${LAPTOPS}  onRemove: erase-all-esims\n` }),
  nobody: ({ world }) =>
    world.write({ 'acme.yaml': LAPTOPS.replace('to: custom, groups: [paris]', 'to: none') }),
  everybody: ({ world }) =>
    world.write({ 'acme.yaml': LAPTOPS.replace('to: custom, groups: [paris]', 'to: all') }),
  except: ({ world }, id) =>
    world.write({
      'acme.yaml': LAPTOPS.replace('groups: [paris]', `groups: [paris], except: { devices: ["id:${id}"] }`),
    }),
  'by list': ({ world }, id, n) =>
    world.write({
      'gamma.yaml': laptops(
        'gamma',
        'smdp.gamma',
        `devices: ["${id}", "d-${(n % 28) + 1}"]`,
        n % 2 === 0 ? 50 : 100,
      ),
    }),
  'priority of beta': ({ world }, _id, n) =>
    world.write({ 'beta.yaml': laptops('beta', 'smdp.beta', 'groups: [paris]', n % 2 === 0 ? 10 : 200) }),
  tie: ({ world }) => world.write({ 'beta.yaml': laptops('beta', 'smdp.beta', 'groups: [lyon, paris]') }),
  phones: ({ world }, _id, n) =>
    world.write({ 'phones.yaml': n % 3 === 0 ? '# nobody\n' : phones(`https://smdp.p${n % 2}.example`) }),
  selector: ({ world }, _id, n) =>
    world.write({ 'paris.yaml': group('paris', SELECTORS[n % SELECTORS.length] ?? '') }),
  'list of group': ({ world }, id, n) =>
    world.write({
      'lyon.yaml': `${group('lyon', '{ mdmGroups: [SG-Laptops-Lyon] }').trimEnd()}\n  devices: ["${id}"]\n  except: { devices: ["id:d-${(n % 28) + 1}"] }\n`,
    }),
  retire: ({ world }, id) => world.write({ 'retire.yaml': retirement(`devices: ["id:simulator/${id}"]`) }),
  'retire a group': ({ world }, _id, n) =>
    world.write({ 'retire.yaml': retirement(`groups: [${n % 2 === 0 ? 'lyon' : 'paris'}]`) }),
  'retire nobody': ({ world }) => world.write({ 'retire.yaml': '# nobody\n' }),
  redownload: ({ world, says: _says }, id) => {
    const on = new Date(world.clock.now() + MINUTE).toISOString()
    return world.write({
      'acme.yaml': `${LAPTOPS}  redownload: [{ on: ${on}, to: custom, devices: ["id:${id}"] }]\n`,
    })
  },
  policy: ({ world }, _id, n) => world.write({ 'policy.yaml': policy(POLICIES[n % POLICIES.length] ?? '') }),
  emptied: ({ world }) =>
    world.write({
      'acme.yaml': '# nothing\n',
      'beta.yaml': '# nothing\n',
      'gamma.yaml': '# nothing\n',
      'phones.yaml': '# nothing\n',
    }),
  broken: ({ world }, _id, n) => world.write({ 'broken.yaml': n % 2 === 0 ? 'a: [\n' : '# mended\n' }),
} as const satisfies Record<string, Happens>

const HAPPENINGS = {
  ...REVISED,
  // Devices, their users, and other administrators.
  'delete esim': (told, id) => onActive(told, id, () => told.world.simulator.userDeletesEsim(id)),
  'disable esim': (told, id) => onActive(told, id, () => told.world.simulator.userDisablesEsim(id)),
  console: (told, id) => onActive(told, id, () => told.world.simulator.consoleInstalls(id, OTHER, 'other')),
  'console takes off': (told, id) =>
    onActive(told, id, () => told.world.simulator.consoleChanges(id, 'acme-laptops', undefined)),
  reenrol: (told, id) => onActive(told, id, () => told.world.simulator.wipeAndReenrol(id)),
  'retire in console': (told, id) => onActive(told, id, () => told.world.simulator.retireInConsole(id)),
  vanish: (told, id) => onActive(told, id, () => told.world.simulator.removeDevice(id)),
  'switched off': (told, id) => onActive(told, id, () => told.world.simulator.setOnline(id, false)),
  'switched on': (told, id) => onActive(told, id, () => told.world.simulator.setOnline(id, true)),
  // What the MDM says of a device.
  'other site': ({ says }, id, n) => says.set(id, { labels: { site: n % 2 === 0 ? 'paris' : 'lyon' } }),
  'other groups': ({ says }, id, n) => says.set(id, { groups: n % 2 === 0 ? [] : ['SG-Laptops-Paris'] }),
  'groups unread': ({ says }, id) => says.set(id, { groups: undefined } as never),
  'half the directory': ({ says }) => {
    for (let n = 1; n <= 12; n += 1) says.set(`d-${n}`, { groups: [] })
  },
  'serial like an id': ({ says }, id, n) => says.set(id, { serialNumber: `d-${(n % 28) + 1}` }),
  'shared serial': ({ says }, id, n) => says.set(id, { serialNumber: `SHARED-${n % 2}` }),
  'old windows': ({ says }, id) => says.set(id, { osVersion: '10.0.19045' }),
  personal: ({ says }, id) => says.set(id, { ownership: 'personal' }),
  'as it was': ({ says }) => says.clear(),
  // The MDM itself.
  unreachable: ({ world }, _id, n) => world.simulator.setDials({ unreachable: n % 2 === 0 }),
  errors: ({ world }, _id, n) => world.simulator.setDials({ errorRate: n % 3 === 0 ? 1 : 0 }),
  'lists unread': ({ world }, _id, n) => world.simulator.setDials({ incompleteLists: n % 2 === 0 ? 0.5 : 0 }),
  // People, and time.
  approve: async ({ world }, _id, n) => {
    const holds = await world.store.holds()
    const hold = holds[n % Math.max(1, holds.length)]
    if (hold !== undefined) await approveHold(world.store, hold, { by: 'ann', now: world.clock.now() })
  },
  retry: ({ world }) => retry(world.store, { kind: 'fleet' }, { by: 'ann', now: world.clock.now() }),
  turn: ({ world }) => world.turn(),
  settle: async ({ world }) => {
    world.simulator.setDials({ unreachable: false })
    await world.live(30 * MINUTE)
  },
  minutes: ({ world }, _id, n) => world.clock.advance(n * MINUTE),
  day: ({ world }) => world.clock.advance(25 * 60 * MINUTE),
  'four days': ({ world }) => world.clock.advance(97 * 60 * MINUTE),
  restart: ({ world }) => world.restart(),
} as const satisfies Record<string, Happens>

/** Those that change the desired state, and nothing else. */
export const REVISIONS: ReadonlySet<string> = new Set(Object.keys(REVISED))

export const histories = fc.array(
  fc.record({
    kind: fc.constantFrom(...(Object.keys(HAPPENINGS) as (keyof typeof HAPPENINGS)[])),
    device: fc.integer({ min: 1, max: 28 }),
  }),
  { minLength: 2, maxLength: 10 },
)

const SELECTORS = [
  '{ mdmGroups: [SG-Laptops-Paris, SG-Laptops-Lyon] }',
  '{ mdmGroups: [SG-Laptops-Lyon] }',
  '{ matchLabels: { site: paris } }',
  '{ matchExpressions: [{ key: team, operator: NotIn, values: [office] }] }',
  '{ matchExpressions: [{ key: simplane/model, operator: Exists }, { key: site, operator: In, values: [lyon] }] }',
  '{ mdmGroups: [] }',
]

const POLICIES = [
  'budgets: { reset: unlimited, uninstall: unlimited, delete-record: unlimited, retire: unlimited }',
  'budgets: { reset: { perDay: 1 } }',
  'mode: propose',
  'mode: observe',
  'connectivity: [{ groups: [paris], other: no }]',
  'freshness: { destructive: 10m }',
  'unknownEsims: { redownload: allow, erase: allow, retirement: allow }',
  'retries: { attempts: 1, within: 1h }',
]

async function onActive({ world }: Told, id: string, act: () => unknown): Promise<void> {
  world.simulator.setDials({ unreachable: false })
  if ((await world.simulator.look(id))?.facts.registration === 'active') act()
}

function laptops(name: string, server: string, select: string, priority = 100): string {
  return LAPTOPS.replace('acme-laptops', name)
    .replace('smdp.acme', server)
    .replace('groups: [paris]', select)
    .concat(`  priority: ${priority}\n`)
}

function phones(url: string): string {
  return `apiVersion: simplane/v1\nkind: EsimConfiguration\nmetadata: { name: phones }\nspec: { ios: { carrierUrl: "${url}" }, distribution: { to: all } }\n`
}

function group(name: string, selector: string): string {
  return `apiVersion: simplane/v1\nkind: DeviceGroup\nmetadata: { name: ${name} }\nspec:\n  selector: ${selector}\n`
}

function retirement(select: string): string {
  return `apiVersion: simplane/v1\nkind: Retirement\nmetadata: { name: q4 }\nspec: { ${select} }\n`
}

function policy(spec: string): string {
  return `apiVersion: simplane/v1\nkind: Policy\nmetadata: { name: default }\nspec: { ${spec} }\n`
}
