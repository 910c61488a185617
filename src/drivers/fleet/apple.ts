import { parseXml } from '@rgrove/parse-xml'
import { build, parse, type PlistValue } from 'plist'
import { object, text, type Json } from './json.ts'

/** Tells the device to ask the carrier's server for its eSIM (Apple, RefreshCellularPlans; iOS 13). */
export function refreshCellularPlans(uuid: string, carrierUrl: string): string {
  return write({
    Command: { RequestType: 'RefreshCellularPlans', eSIMServerURL: carrierUrl },
    CommandUUID: uuid,
  })
}

/** Asks the device which plans it holds (Apple, DeviceInformation). Changes nothing on it. */
export function askPlans(uuid: string): string {
  return write({
    Command: { RequestType: 'DeviceInformation', Queries: ['ServiceSubscriptions'] },
    CommandUUID: uuid,
  })
}

/** What a device says of its plans. */
export type Plans = {
  /** ICCIDs, sorted. */
  readonly iccids: readonly string[]
  readonly eid?: string
  readonly imei?: string
}

/** The plans in a report of a device; `undefined`: it did not say (no access right, no cellular), or cannot be read. */
export function readPlans(report: Uint8Array): Plans | undefined {
  const list = object(readPlist(report)?.['QueryResponses'])?.['ServiceSubscriptions']
  if (!Array.isArray(list)) return undefined
  const entries = list.map((each) => object(each) ?? {})
  // What an entry of an empty slot looks like is not documented: without an ICCID there is no plan.
  const iccids = [...new Set(entries.flatMap((entry) => identifier(entry['ICCID']) ?? []))].sort()
  const eid = entries.flatMap((entry) => identifier(entry['EID']) ?? [])[0]
  const imei = entries.flatMap((entry) => identifier(entry['IMEI']) ?? [])[0]
  return { iccids, ...(eid === undefined ? {} : { eid }), ...(imei === undefined ? {} : { imei }) }
}

/** Why a device could not: the first item of its ErrorChain. */
export function readError(report: Uint8Array): { readonly code?: number; readonly message: string } {
  const chain = readPlist(report)?.['ErrorChain']
  const first = object(Array.isArray(chain) ? chain[0] : undefined) ?? {}
  const code = first['ErrorCode']
  const said = text(first['USEnglishDescription']) ?? text(first['LocalizedDescription'])
  return {
    ...(typeof code === 'number' && Number.isSafeInteger(code) ? { code } : {}),
    message: said ?? 'The device did not say why.',
  }
}

/** Largest property list that is read, in bytes: a device's report has a few thousand. */
const LARGEST = 256 * 1024

/** Bounded, and never throws: devices write it. The strict parser comes first, for the other repairs what is broken. */
function readPlist(bytes: Uint8Array): Json | undefined {
  if (bytes.length > LARGEST) return undefined
  try {
    const xml = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    if (!xml.trimStart().startsWith('<')) return undefined
    parseXml(xml)
    return object(parse(xml.slice(xml.indexOf('<plist'))))
  } catch {
    return undefined
  }
}

function write(value: { [key: string]: PlistValue }): string {
  return build(value)
}

/** Devices group the digits of ICCID, EID and IMEI with spaces; 19 to 32 of them are never a number. */
function identifier(value: unknown): string | undefined {
  const digits = text(value)?.replaceAll(/\s/g, '')
  return digits !== undefined && /^[0-9A-Fa-f]{8,40}$/.test(digits) ? digits.toUpperCase() : undefined
}
