import { stringify } from 'yaml'
import type { DeviceRecord } from '../domain/device.ts'
import { specAddress, specIdentity, type EsimSpec } from '../domain/esim.ts'
import { compareText, sortedUnique } from '../domain/text.ts'

/** What `export --desired` found and wrote for one configuration of the fleet. */
export type AdoptedConfiguration = {
  readonly name: string
  readonly devices: number
  readonly address: string
  /** How its devices are selected: an MDM group that holds exactly them, or a list. */
  readonly by: { readonly mdmGroup: string } | { readonly list: string }
}

export type Adoption = {
  /** Path below the source path -> content. */
  readonly files: ReadonlyMap<string, string>
  readonly configurations: readonly AdoptedConfiguration[]
  /** eSIMs that came from elsewhere: not written. */
  readonly foreignEsims: number
}

type Found = { readonly name: string; readonly spec: EsimSpec; readonly devices: DeviceRecord[] }

/**
 * Today's fleet as desired state that plans nothing: every installed configuration becomes a document for exactly the
 * devices that have it, in mode observe. Devices are selected by an MDM group where one holds exactly them, else by a
 * list of serial numbers (record ids where there is none).
 */
export function adoptFleet(records: readonly DeviceRecord[]): Adoption {
  const active = records.filter((record) => record.registration === 'active')
  const found = configurationsOf(active)
  const groups = mdmGroupsOf(active)
  const files = new Map<string, string>([['policy.yaml', policy()]])
  const configurations = found.map((each, at) => adopt(each, 100 + at, groups, files))
  const foreignEsims = active
    .flatMap((record) => (record.esims === 'unknown' ? [] : record.esims))
    .filter((esim) => esim.source === undefined).length
  return { files, configurations, foreignEsims }
}

function configurationsOf(records: readonly DeviceRecord[]): Found[] {
  const found = new Map<string, Found>()
  for (const record of records) {
    for (const entry of record.installed === 'unknown' ? [] : record.installed) {
      if (entry.state === 'failed') continue
      const key = JSON.stringify([specIdentity(entry.spec), entry.spec])
      const known = found.get(key)
      if (known === undefined)
        found.set(key, { name: entry.configuration, spec: entry.spec, devices: [record] })
      else known.devices.push(record)
    }
  }
  const names = new Set<string>()
  return [...found.values()]
    .sort((a, b) => compareText(a.name, b.name) || b.devices.length - a.devices.length)
    .map((each) => ({ ...each, name: freeName(each.name, names) }))
}

/** A DNS label that no other configuration has. */
function freeName(wanted: string, taken: Set<string>): string {
  const cleaned = wanted
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 55)
  const base = cleaned === '' ? 'configuration' : cleaned
  let name = base
  for (let n = 2; taken.has(name); n += 1) name = `${base}-${n}`
  taken.add(name)
  return name
}

function mdmGroupsOf(records: readonly DeviceRecord[]): Map<string, Set<string>> {
  const groups = new Map<string, Set<string>>()
  for (const record of records) {
    for (const group of record.groups ?? [])
      groups.set(group, (groups.get(group) ?? new Set()).add(record.key))
  }
  return groups
}

function adopt(
  found: Found,
  priority: number,
  groups: ReadonlyMap<string, ReadonlySet<string>>,
  files: Map<string, string>,
): AdoptedConfiguration {
  const { name, spec, devices } = found
  const keys = new Set<string>(devices.map((record) => record.key))
  const group = [...groups].find(
    ([, members]) => members.size === keys.size && [...members].every((key) => keys.has(key)),
  )
  const select = group === undefined ? listOf(name, devices, files) : groupOf(name, group[0], files)
  const document = {
    apiVersion: 'simplane/v1',
    kind: 'EsimConfiguration',
    metadata: { name, description: 'Found in the fleet' },
    spec: {
      ...(spec.platform === 'windows'
        ? {
            windows: {
              serverName: spec.serverName,
              isDiscoveryServer: spec.isDiscoveryServer,
              autoEnable: spec.autoEnable,
            },
          }
        : { ios: { carrierUrl: spec.carrierUrl } }),
      distribution: { to: 'custom', ...select.distribution },
      priority,
      mode: 'observe',
    },
  }
  files.set(
    `configurations/${name}.yaml`,
    `# yaml-language-server: $schema=../simplane.schema.json\n${stringify(document)}`,
  )
  return { name, devices: devices.length, address: specAddress(spec), by: select.by }
}

type Select = {
  readonly distribution: Readonly<Record<string, readonly string[]>>
  readonly by: AdoptedConfiguration['by']
}

function groupOf(name: string, mdmGroup: string, files: Map<string, string>): Select {
  const document = {
    apiVersion: 'simplane/v1',
    kind: 'DeviceGroup',
    metadata: { name },
    spec: { selector: { mdmGroups: [mdmGroup] } },
  }
  files.set(`groups/${name}.yaml`, stringify(document))
  return { distribution: { groups: [name] }, by: { mdmGroup } }
}

function listOf(name: string, devices: readonly DeviceRecord[], files: Map<string, string>): Select {
  const path = `lists/${name}.txt`
  const lines = sortedUnique(devices.map((record) => reference(record)))
  files.set(path, `# Devices that have ${name}, one a line.\n${lines.join('\n')}\n`)
  return { distribution: { devicesFrom: [`../${path}`] }, by: { list: path } }
}

function reference(record: DeviceRecord): string {
  const serial = record.serialNumber?.trim() ?? ''
  return serial === '' || serial.includes('*') ? `id:${record.key}` : `serial:${serial}`
}

function policy(): string {
  const document = {
    apiVersion: 'simplane/v1',
    kind: 'Policy',
    metadata: { name: 'default' },
    spec: { mode: 'observe' },
  }
  return `# mode: observe records and reports, and changes nothing. Later: propose, then enforce.\n${stringify(document)}`
}
