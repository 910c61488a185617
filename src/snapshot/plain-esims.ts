import type { DeviceRecord, Esim, EsimSource, InstalledConfiguration } from '../domain/device.ts'
import { iosIdentity, normaliseCarrierUrl } from '../domain/esim.ts'
import type { EsimSpec } from '../domain/esim.ts'
import {
  plainChoice,
  plainFlag,
  plainList,
  plainObject,
  plainText,
  plainTime,
  plainWord,
} from './plain-fields.ts'
import type { Draft, Look, PlainObject } from './plain-fields.ts'
import {
  ESIM_KEYS,
  INSTALLED_KEYS,
  IOS_KEYS,
  MODES,
  ON_REMOVE,
  SOURCE_KEYS,
  sourceIdentity,
  STATES,
  WINDOWS_KEYS,
} from './vocabulary.ts'

/** Bounds the memory for whoever gives each device its own URL. */
const REMEMBERED = 1_000

/** `installed` of a device, as far as it is plain. */
export function plainInstalled(look: Look, value: unknown): DeviceRecord['installed'] {
  return plainEach(look, value, plainEntry)
}

/** `esims` of a device, as far as it is plain. */
export function plainEsims(look: Look, value: unknown): DeviceRecord['esims'] {
  return plainEach(look, value, plainEsim)
}

function plainEach<T>(
  look: Look,
  value: unknown,
  read: (look: Look, entry: unknown) => T | undefined,
): readonly T[] | 'unknown' {
  if (value === 'unknown') return 'unknown'
  const list = plainList(look, value)
  if (list === undefined) return 'unknown'
  const found: T[] = []
  for (const each of list) {
    const entry = read(look, each)
    if (entry !== undefined) found.push(entry)
  }
  return found
}

function plainEntry(look: Look, value: unknown): InstalledConfiguration | undefined {
  const given = plainObject(look, value, INSTALLED_KEYS)
  if (given === undefined) return undefined
  const configuration = plainWord(look, given['configuration'])
  const spec = plainSpec(look, given)
  // What went wrong is told at length, and seldom.
  if (spec === undefined || !isAbsent(given['error'])) {
    look.odd = true
    return undefined
  }
  const installedAt = plainTime(look, given['installedAt'])
  const managed = plainFlag(look, given['managed']) ?? true
  const onRemove = plainChoice(look, given['onRemove'], ON_REMOVE) ?? 'keep-esims'
  const mode = plainChoice(look, given['mode'], MODES)
  const state = plainChoice(look, given['state'], STATES) ?? 'installed'
  const entry: Draft<InstalledConfiguration> = { configuration, spec, managed, onRemove, state }
  if (installedAt !== undefined) entry.installedAt = installedAt
  if (mode !== undefined) entry.mode = mode
  return entry
}

function plainSpec(look: Look, given: PlainObject): EsimSpec | undefined {
  const platform = isAbsent(given['windows']) ? 'ios' : 'windows'
  if (platform === 'windows' && !isAbsent(given['ios'])) return undefined
  const said = plainText(look, given['platform'])?.toLowerCase()
  if (said !== undefined && said !== platform && !(said === 'ipados' && platform === 'ios')) return undefined
  if (platform === 'windows') {
    const block = plainObject(look, given['windows'], WINDOWS_KEYS)
    if (block === undefined) return undefined
    return {
      platform,
      serverName: plainWord(look, block['serverName']).toLowerCase(),
      isDiscoveryServer: plainFlag(look, block['isDiscoveryServer']) ?? false,
      autoEnable: plainFlag(look, block['autoEnable']) ?? true,
    }
  }
  const block = plainObject(look, given['ios'], IOS_KEYS)
  if (block === undefined) return undefined
  return { platform, carrierUrl: normalised(plainWord(look, block['carrierUrl'])) }
}

function plainEsim(look: Look, value: unknown): Esim | undefined {
  const given = plainObject(look, value, ESIM_KEYS)
  if (given === undefined) return undefined
  const iccid = plainWord(look, given['iccid'])
  const source = isAbsent(given['source']) ? undefined : plainSource(look, given['source'])
  const enabled = plainFlag(look, given['enabled'])
  const esim: Draft<Esim> = { iccid }
  if (source !== undefined) esim.source = source
  if (enabled !== undefined) esim.enabled = enabled
  return esim
}

function plainSource(look: Look, value: unknown): EsimSource | undefined {
  const given = plainObject(look, value, SOURCE_KEYS)
  if (given === undefined) return undefined
  const serverName = plainText(look, given['serverName'])
  const carrierUrl = plainText(look, given['carrierUrl'])
  const both = serverName !== undefined && carrierUrl !== undefined
  const configuration = plainWord(look, plainText(look, given['configuration']) ?? serverName ?? carrierUrl)
  const onRemove = plainChoice(look, given['onRemove'], ON_REMOVE) ?? 'keep-esims'
  const mode = plainChoice(look, given['mode'], MODES)
  if (both) look.odd = true
  if (look.odd) return undefined
  const identity = carrierUrl === undefined ? sourceIdentity(serverName, carrierUrl) : identified(carrierUrl)
  const found: Draft<EsimSource> = { configuration, onRemove }
  if (identity !== undefined) found.identity = identity
  if (mode !== undefined) found.mode = mode
  return found
}

function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null
}

/** A fleet has few carrier URLs, and to normalise one takes as long as half a device. */
const normalised = remembering(normaliseCarrierUrl)
const identified = remembering(iosIdentity)

function remembering<T>(find: (text: string) => T): (text: string) => T {
  const found = new Map<string, T>()
  return (text) => {
    const known = found.get(text)
    if (known !== undefined) return known
    const value = find(text)
    if (found.size < REMEMBERED) found.set(text, value)
    return value
  }
}
