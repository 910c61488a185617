import { DEFAULT_EUICC, namedEuicc } from '../../syncml/address.ts'
import type { EsimReading, EuiccReading, ServerReading } from '../../syncml/reading.ts'
import { objectOf, parsed, textOf, withoutAbsent, type Json } from './json.ts'

/**
 * What the inventory script wrote, as a reading of the eUICCs. `undefined`: cut off at Intune's limit, an error, or
 * not ours. A part that cannot be read makes all of it unreadable: half a list is never a list.
 */
export function readInventory(output: string): readonly EuiccReading[] | undefined {
  const json = objectOf(parsed(output.trim()))
  if (json?.['v'] !== 1 || json['error'] !== undefined) return undefined
  return all(json['p'], euiccOf)
}

/** What the script of an eSIM reset wrote; `undefined`: not that of this order. */
export function readReset(output: string, order: string): ResetAnswer | undefined {
  const json = objectOf(parsed(output.trim()))
  if (json === undefined || json['order'] !== order) return undefined
  const returned = numberOf(json['returned'])
  return {
    marked: json['marked'] === true,
    ...withoutAbsent({
      refused: textOf(json['refused']),
      returned: returned === undefined ? undefined : returned >>> 0,
    }),
  }
}

/** `marked`: the order was begun on the device, and is never begun again. */
export type ResetAnswer = { readonly marked: boolean; readonly refused?: string; readonly returned?: number }

function euiccOf(json: Json): EuiccReading | undefined {
  const name = textOf(json['n'])
  const servers = all(json['d'], serverOf)
  const esims = all(json['f'], esimOf)
  if (name === undefined || servers === undefined || esims === undefined) return undefined
  const eid = [textOf(json['i']), name].find((each) => /^\d{32}$/.test(each ?? ''))
  return {
    name: namedEuicc(name) ?? DEFAULT_EUICC,
    servers,
    esims,
    ...withoutAbsent({
      eid,
      isActive: booleanOf(json['a']),
      ppr1Allowed: booleanOf(json['p']),
      ppr1AlreadySet: booleanOf(json['q']),
      status: numberOf(json['s']) === undefined ? undefined : Number(json['s']) >>> 0,
    }),
  }
}

/** A class of the bridge without IsDiscoveryServer gives null, which says nothing. */
function serverOf(json: Json): ServerReading | undefined {
  const name = textOf(json['n'])
  if (name === undefined) return undefined
  return {
    name: decoded(name),
    ...withoutAbsent({
      discoveryState: numberOf(json['s']),
      autoEnable: booleanOf(json['a']),
      isDiscoveryServer: booleanOf(json['d']),
    }),
  }
}

function esimOf(json: Json): EsimReading | undefined {
  const name = textOf(json['n'])
  if (name === undefined) return undefined
  return {
    name,
    iccid: name.replace(/f$/i, ''),
    ...withoutAbsent({
      serverName: textOf(json['f']),
      state: numberOf(json['s']),
      isEnabled: booleanOf(json['a']),
      errorDetail: numberOf(json['e']),
    }),
  }
}

/** PowerShell writes a list of one as its only entry when it is careless. */
function all<T>(value: unknown, read: (json: Json) => T | undefined): readonly T[] | undefined {
  if (value === null || value === undefined) return undefined
  const entries = (Array.isArray(value) ? value : [value]).map((each) => {
    const json = objectOf(each)
    return json === undefined ? undefined : read(json)
  })
  return entries.every((each) => each !== undefined) ? entries : undefined
}

function booleanOf(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined
}

/** Names of nodes may come as they are written in addresses. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
