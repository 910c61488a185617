import type { Simulator } from '../../src/drivers/simulator/simulator.ts'

/** A chapter: files of a new revision (`undefined` removes one), and what others do to the fleet before it. */
export type Chapter = {
  readonly title: string
  readonly files?: (now: Date) => Readonly<Record<string, string | undefined>>
  readonly stir?: (simulator: Simulator) => void
}

/** From the first rollout to the last retirement: every kind of step, each on many devices at once. */
export const STORY: readonly Chapter[] = [
  {
    title: 'rollout',
    files: () => ({
      'groups.yaml': group('paris', 'SG-Laptops-Paris') + group('lyon', 'SG-Laptops-Lyon'),
      'policy.yaml': POLICY,
      'acme.yaml': laptops('acme-laptops', 'smdp.acme.example', 'paris'),
      'phones.yaml': phones('https://smdp.acme.example'),
    }),
  },
  {
    title: 'a second configuration, to be erased one day',
    files: () => ({ 'beta.yaml': laptops('beta', 'smdp.beta.example', 'lyon', ERASE) }),
  },
  {
    title: 'users and other administrators',
    stir: (simulator) => {
      for (const id of ['d-2', 'd-4', 'd-16', 'd-44']) simulator.userDeletesEsim(id)
      simulator.consoleChanges('d-7', 'acme-laptops', undefined)
      for (const id of ['d-8', 'd-17', 'd-45']) simulator.wipeAndReenrol(id)
    },
  },
  {
    title: 'change of carrier',
    files: () => ({ 'acme.yaml': laptops('acme-laptops', 'smdp.neo.example', 'paris') }),
  },
  {
    title: 'other flags',
    files: () => ({
      'acme.yaml': laptops('acme-laptops', 'smdp.neo.example', 'paris').replace(
        'example }',
        'example, autoEnable: false }',
      ),
    }),
  },
  {
    title: 'removal with erasure',
    files: () => ({ 'beta.yaml': undefined }),
  },
  {
    title: 'the other site joins, with a fresh download for all',
    files: (now) => ({
      'acme.yaml': laptops('acme-laptops', 'smdp.neo.example', 'paris, lyon', redownload(now)),
    }),
  },
  {
    title: 'change of carrier for phones, and re-enrolment',
    files: () => ({ 'phones.yaml': phones('https://smdp.neo.example') }),
    stir: (simulator) => {
      for (const id of ['d-5', 'd-30', 'd-50']) simulator.wipeAndReenrol(id)
    },
  },
  {
    title: 'retirement, by hand and in the MDM',
    files: () => ({
      'retire.yaml':
        retirement('lease-end', '5CG40002, 5CG40016, 5CG40030, 5CG40031, 5CG40044', 'by-hand') +
        retirement('sold', '5CG40004, 5CG40018, 5CG40032, 5CG40046', 'in-mdm'),
    }),
  },
  {
    title: 'the phones lose theirs, the laptops move to an erasing configuration',
    files: () => ({
      'phones.yaml': undefined,
      'acme.yaml': undefined,
      'last.yaml': laptops('last', 'smdp.last.example', 'paris, lyon', ERASE),
    }),
  },
  {
    title: 'everybody but one site is emptied',
    files: () => ({ 'last.yaml': laptops('last', 'smdp.last.example', 'paris', ERASE) }),
  },
]

const ERASE = '  onRemove: erase-all-esims\n'

function laptops(name: string, server: string, groups: string, more = ''): string {
  return `${head('EsimConfiguration', name)}spec:
  windows: { serverName: ${server} }
  distribution: { to: custom, groups: [${groups}] }
${more}`
}

function phones(url: string): string {
  return `${head('EsimConfiguration', 'phones')}spec:\n  ios: { carrierUrl: ${url} }\n  distribution: { to: all }\n`
}

function group(name: string, mdmGroup: string): string {
  return `${head('DeviceGroup', name)}spec: { selector: { mdmGroups: [${mdmGroup}] } }\n---\n`
}

function retirement(name: string, devices: string, finish: string): string {
  return `${head('Retirement', name)}spec: { devices: [${devices}], finish: ${finish} }\n---\n`
}

function redownload(on: Date): string {
  return `  redownload: [{ on: ${on.toISOString()}, to: all }]\n`
}

function head(kind: string, name: string): string {
  return `apiVersion: simplane/v1\nkind: ${kind}\nmetadata: { name: ${name} }\n`
}

const POLICY = `${head('Policy', 'default')}spec:
  budgets: { reset: unlimited, uninstall: unlimited, retire: unlimited, delete-record: unlimited }
  stranding: { unknown: allow }
`
