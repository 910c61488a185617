/** What an eSIM configuration of the console says. */
export type ConsoleEsim =
  | { readonly kind: 'windows-esim'; readonly serverName: string }
  | { readonly kind: 'ios-esim'; readonly carrierUrl: string }
  /** Custom CSP, access type Exec, on ./Device/Vendor/MSFT/eUICCs/Default/Actions/ResetToFactoryState. */
  | { readonly kind: 'exec-reset' }

/** A configuration of the console, distributed to the dynamic group "attribute is equal to value". */
export type ConsoleConfiguration = ConsoleEsim & {
  readonly name: string
  readonly attribute: string
  readonly value: string
}

export type ChipEsim = { readonly iccid: string; readonly from: string }

/** A device as it truly is, and as the MDM believes it to be since its last check-in. */
export type Enrolled = {
  readonly id: number
  readonly serial: string
  readonly eid: string
  readonly os: 'windows' | 'ios'
  platformType: string
  windowsDeviceType: string | null
  platformVersion: string
  registrationState: string
  readonly lastRegistrationTime: number
  lastCheckin: number
  online: boolean
  /** Names of console configurations that are on it. */
  readonly configurations: Set<string>
  readonly chip: { esims: ChipEsim[] }
  reportedIccids: readonly string[]
  /** Custom attributes, and since when; the newest last. */
  readonly attributes: { readonly since: number; readonly attrs: Readonly<Record<string, string>> }[]
  /** What happened on the device itself. */
  readonly log: { readonly at: number; readonly what: 'downloaded' | 'removed' | 'erased' | 'refreshed' }[]
}

let iccids = 0

function newIccid(): string {
  iccids += 1
  return `8933150319${String(iccids).padStart(9, '0')}`
}

/** The attributes as they were at a moment. */
export function attributesAt(device: Enrolled, at: number): Readonly<Record<string, string>> {
  return device.attributes.findLast(({ since }) => since <= at)?.attrs ?? {}
}

/** A check-in: the device is given what it is a target of now, and loses what it is not any more. */
export function checkIn(
  device: Enrolled,
  console: readonly ConsoleConfiguration[],
  now: number,
  groupLag: number,
): void {
  if (!device.online || device.registrationState !== 'ACTIVE') return
  const attrs = attributesAt(device, now - groupLag)
  const wanted = console.filter(({ attribute, value }) => attrs[attribute] === value)
  for (const name of device.configurations) {
    if (wanted.some((each) => each.name === name)) continue
    device.configurations.delete(name)
    device.log.push({ at: now, what: 'removed' })
  }
  for (const each of wanted.filter(({ name }) => !device.configurations.has(name))) {
    device.configurations.add(each.name)
    apply(device, each, now)
  }
  device.lastCheckin = now
  device.reportedIccids = device.chip.esims.map(({ iccid }) => iccid)
}

function apply(device: Enrolled, configuration: ConsoleConfiguration, now: number): void {
  if (configuration.kind === 'exec-reset') {
    device.chip.esims = []
    device.log.push({ at: now, what: 'erased' })
    return
  }
  const from = configuration.kind === 'windows-esim' ? configuration.serverName : configuration.carrierUrl
  if ((configuration.kind === 'windows-esim') !== (device.os === 'windows')) return
  // An eSIM from there blocks another; the console shows "Installed" all the same.
  const blocked = device.chip.esims.some((esim) => esim.from === from)
  device.log.push({ at: now, what: blocked ? 'refreshed' : 'downloaded' })
  if (!blocked) device.chip.esims.push({ iccid: newIccid(), from })
}
