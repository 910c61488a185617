import { quoted } from '../../exchange/words.ts'
import { dictionary, readPlist, shortText, type Dictionary } from './plist.ts'

/** What a device says of itself in Authenticate and in DeviceInformation. */
export type Told = Readonly<Partial<Record<ToldKey, string>>>
export type ToldKey = 'name' | 'osVersion' | 'product' | 'model' | 'serialNumber' | 'imei' | 'eid'

/** A device's answer to DeviceInformation. */
export type Information = {
  readonly told: Told
  /** ICCIDs of its plans, sorted. Absent: it did not say (no access right for network information, or no cellular). */
  readonly iccids?: readonly string[]
}

/** Why a device could not: the first item of its ErrorChain. `code` absent: it did not say. */
export type DeviceError = { readonly code?: number; readonly message: string }

const KEYS: Readonly<Record<string, ToldKey>> = {
  DeviceName: 'name',
  OSVersion: 'osVersion',
  ProductName: 'product',
  ModelName: 'model',
  SerialNumber: 'serialNumber',
}

/** What an Authenticate message says of the device. Unreadable: nothing. */
export function readAuthenticate(payload: Uint8Array): Told {
  const message = readPlist(payload) ?? {}
  const imei = identifier(message['IMEI'])
  return { ...toldOf(message), ...(imei === undefined ? {} : { imei }) }
}

/** The answer to DeviceInformation in a report; `undefined`: there is none, or it cannot be read. */
export function readInformation(payload: Uint8Array): Information | undefined {
  const responses = dictionary(readPlist(payload)?.['QueryResponses'])
  if (responses === undefined) return undefined
  const plans = responses['ServiceSubscriptions']
  const told = toldOf(responses)
  if (!Array.isArray(plans)) return { told }
  const entries = plans.map((each) => dictionary(each) ?? {})
  // What an entry of an empty slot looks like is not documented: without an ICCID there is no plan.
  const iccids = [...new Set(entries.flatMap((entry) => identifier(entry['ICCID']) ?? []))].sort()
  const eid = entries.flatMap((entry) => identifier(entry['EID']) ?? [])[0]
  const imei = entries.flatMap((entry) => identifier(entry['IMEI']) ?? [])[0]
  return {
    told: { ...told, ...(eid === undefined ? {} : { eid }), ...(imei === undefined ? {} : { imei }) },
    iccids,
  }
}

/** The error in a report whose status is Error. */
export function readError(payload: Uint8Array): DeviceError {
  const chain = readPlist(payload)?.['ErrorChain']
  const first = dictionary(Array.isArray(chain) ? chain[0] : undefined) ?? {}
  const code = first['ErrorCode']
  const said = [first['USEnglishDescription'], first['LocalizedDescription']].find(
    (each) => typeof each === 'string',
  )
  return {
    ...(typeof code === 'number' && Number.isSafeInteger(code) ? { code } : {}),
    message: quoted(typeof said === 'string' && said !== '' ? said : 'The device did not say why.'),
  }
}

function toldOf(message: Dictionary): Told {
  return Object.fromEntries(
    Object.entries(KEYS).flatMap(([key, name]) => {
      const text = shortText(message[key])
      return text === undefined ? [] : [[name, text]]
    }),
  )
}

/** Devices group the digits of ICCID, EID and IMEI with spaces; 19 to 32 of them are never a number. */
function identifier(value: unknown): string | undefined {
  const text = shortText(value)?.replaceAll(/\s/g, '')
  return text !== undefined && /^[0-9A-Fa-f]{8,40}$/.test(text) ? text.toUpperCase() : undefined
}
