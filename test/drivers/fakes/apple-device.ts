/**
 * An iPhone or iPad as Apple's device management reference describes it, as far as eSIMs go. Written from that
 * reference alone: it shares no code with the driver, and speaks XML by hand.
 */
export type AppleDevice = {
  readonly udid: string
  readonly serial: string
  readonly product: string
  readonly osVersion: string
  readonly eid: string
  readonly imei: string
  /** Through which NanoMDM knows it. */
  channel: 'Device' | 'User Enrollment (Device)' | 'Shared iPad'
  /** Its plans; `url`: the server it came from, absent for a SIM from elsewhere. */
  plans: { readonly iccid: string; readonly url?: string }[]
  /** Downloads under way. */
  arriving: { readonly at: number; readonly url: string }[]
  online: boolean
  /** Answers NotNow that often before it does anything. */
  busy: number
  /** The next RefreshCellularPlans fails with this code. */
  failNext: number | undefined
  /** Sends every report twice, which Apple says may happen. */
  stutters: boolean
  /** The MDM profile has the right to query network information. */
  showsPlans: boolean
  /** How often each command took effect, by its id. */
  readonly effects: Map<string, number>
  /** How many plans were downloaded, by server. */
  readonly downloads: Map<string, number>
}

/** What the carriers' servers have. */
export type Carriers = {
  /** Milliseconds from the acknowledgement to the plan. */
  readonly delay: number
  /** Servers that have no plan bound to any device. */
  readonly empty: ReadonlySet<string>
}

/** The report that a device sends for one command. */
export type Report = { readonly uuid: string; readonly status: string; readonly xml: string }

let made = 0

/** A new device with nothing on it. */
export function makeDevice(product = 'iPhone15,2'): AppleDevice {
  made += 1
  const number = String(made).padStart(8, '0')
  return {
    udid: `00008110-${number}A801E`,
    serial: `F2LX${number}`,
    product,
    osVersion: '18.1',
    eid: `8904903200000000000000${number}00`,
    imei: `35391805${number.slice(-6)}7`,
    channel: 'Device',
    plans: [],
    arriving: [],
    online: true,
    busy: 0,
    failNext: undefined,
    stutters: false,
    showsPlans: true,
    effects: new Map(),
    downloads: new Map(),
  }
}

/** Carries out one command, as text, and reports. */
export function carryOut(device: AppleDevice, command: string, now: number, carriers: Carriers): Report {
  const uuid = element(command, 'CommandUUID')
  const type = element(command, 'RequestType')
  if (device.busy > 0) {
    device.busy -= 1
    return report(device, uuid, 'NotNow', '')
  }
  switch (type) {
    case 'DeviceInformation':
      arrive(device, now)
      return report(device, uuid, 'Acknowledged', information(device))
    case 'RefreshCellularPlans':
      return refresh(device, uuid, element(command, 'eSIMServerURL'), now, carriers)
    default:
      return failure(device, uuid, 12021, 'MCMDMErrorDomain', 'Unknown command')
  }
}

/** Its Authenticate message. */
export function authenticate(device: AppleDevice): string {
  return plist(
    `<dict>${text('MessageType', 'Authenticate')}${text('Topic', TOPIC)}${text('UDID', device.udid)}${text('SerialNumber', device.serial)}` +
      `${text('ProductName', device.product)}${text('OSVersion', device.osVersion)}${text('DeviceName', `Phone ${device.serial}`)}` +
      `${text('IMEI', `${device.imei.slice(0, 2)} ${device.imei.slice(2)}`)}</dict>`,
  )
}

/** Its TokenUpdate message. */
export function tokenUpdate(device: AppleDevice): string {
  return plist(
    `<dict>${text('MessageType', 'TokenUpdate')}${text('Topic', TOPIC)}${text('UDID', device.udid)}${text('PushMagic', '888CEB39')}` +
      `<key>Token</key><data>G6fJAGbFD3domiTzpCXK9oowD3KeiORgqUFgItXWQsw=</data></dict>`,
  )
}

/** Its CheckOut message, and the Idle one with which it asks for work. */
export function checkOut(device: AppleDevice): string {
  return plist(
    `<dict>${text('MessageType', 'CheckOut')}${text('Topic', TOPIC)}${text('UDID', device.udid)}</dict>`,
  )
}

export function idle(device: AppleDevice): string {
  return plist(`<dict>${text('Status', 'Idle')}${text('UDID', device.udid)}</dict>`)
}

/** What came from the carriers by now is there. */
function arrive(device: AppleDevice, now: number): void {
  for (const { url } of device.arriving.filter(({ at }) => at <= now)) {
    const count = (device.downloads.get(url) ?? 0) + 1
    device.downloads.set(url, count)
    device.plans.push({ iccid: newIccid(), url })
  }
  device.arriving = device.arriving.filter(({ at }) => at > now)
}

let iccids = 0

/** Another ICCID at each call. */
export function newIccid(): string {
  iccids += 1
  return `894110${String(iccids).padStart(13, '0')}`
}

const TOPIC = 'com.apple.mgmt.External.e0bd1eac-1f17-4c8e-8a63-dd17d3dd35d9'

function refresh(device: AppleDevice, uuid: string, url: string, now: number, carriers: Carriers): Report {
  const { failNext } = device
  if (!/^https?:/.test(url)) return failure(device, uuid, 12040, 'DMFErrorDomain', 'request.eSIMServerURL')
  if (failNext !== undefined) {
    device.failNext = undefined
    return failure(device, uuid, failNext, 'MCCellularErrorDomain', `Cellular error ${failNext}`)
  }
  device.effects.set(uuid, (device.effects.get(uuid) ?? 0) + 1)
  arrive(device, now)
  const has =
    device.plans.some((plan) => plan.url === url) || device.arriving.some((plan) => plan.url === url)
  if (!has && !carriers.empty.has(url)) device.arriving.push({ at: now + carriers.delay, url })
  return report(device, uuid, 'Acknowledged', '')
}

function information(device: AppleDevice): string {
  const plans = device.plans.map(
    ({ iccid }, at) =>
      `<dict>${text('ICCID', iccid.replaceAll(/(.{4})/g, '$1 ').trim())}${text('EID', device.eid)}${text('IMEI', device.imei)}` +
      `${text('Slot', `CTSubscriptionSlot${at === 0 ? 'One' : 'Two'}`)}<key>IsRoaming</key><false/></dict>`,
  )
  const empty =
    device.plans.length === 0 ? `<dict>${text('EID', device.eid)}${text('IMEI', device.imei)}</dict>` : ''
  const list = device.showsPlans
    ? `<key>ServiceSubscriptions</key><array>${plans.join('')}${empty}</array>`
    : ''
  return (
    `<key>QueryResponses</key><dict>${text('DeviceName', `Phone ${device.serial}`)}${text('OSVersion', device.osVersion)}` +
    `${text('ProductName', device.product)}${text('ModelName', 'iPhone')}${text('SerialNumber', device.serial)}${list}</dict>`
  )
}

function failure(device: AppleDevice, uuid: string, code: number, domain: string, said: string): Report {
  const item = `<dict><key>ErrorCode</key><integer>${code}</integer>${text('ErrorDomain', domain)}${text('USEnglishDescription', said)}</dict>`
  return report(device, uuid, 'Error', `<key>ErrorChain</key><array>${item}</array>`)
}

function report(device: AppleDevice, uuid: string, status: string, rest: string): Report {
  return {
    uuid,
    status,
    xml: plist(
      `<dict>${text('CommandUUID', uuid)}${text('Status', status)}${text('UDID', device.udid)}${rest}</dict>`,
    ),
  }
}

function plist(content: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n<plist version="1.0">${content}</plist>\n`
}

function text(key: string, value: string): string {
  const escaped = value.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return `<key>${key}</key><string>${escaped}</string>`
}

/** The text behind a key, anywhere in the document. */
export function element(xml: string, key: string): string {
  const value = new RegExp(`<key>${key}</key>\\s*<string>([^<]*)</string>`).exec(xml)?.[1] ?? ''
  return value.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}
