import { normaliseCarrierUrl } from '../domain/esim.ts'
import type { EsimSpec } from '../domain/esim.ts'
import type { Esim, EsimSource, InstalledConfiguration } from '../domain/device.ts'
import {
  below,
  choice,
  fault,
  fieldsOf,
  flag,
  instant,
  requiredText,
  text,
  warnUnknownKeys,
  withoutAbsent,
} from './fields.ts'
import type { Fields } from './fields.ts'
import {
  ERROR_KEYS,
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

/** One entry of `installed`. Absent: managed, keep-esims, installed. */
export function readInstalled(fields: Fields): InstalledConfiguration | undefined {
  warnUnknownKeys(fields, INSTALLED_KEYS, 'installed[]')
  const configuration = requiredText(fields, 'configuration')
  const spec = readSpec(fields)
  const error =
    fields.object['error'] === undefined || fields.object['error'] === null ? undefined : readError(fields)
  const entry = withoutAbsent({
    installedAt: instant(fields, 'installedAt'),
    managed: flag(fields, 'managed') ?? true,
    onRemove: choice(fields, 'onRemove', ON_REMOVE) ?? 'keep-esims',
    mode: choice(fields, 'mode', MODES),
    state: choice(fields, 'state', STATES) ?? 'installed',
    error,
  })
  return configuration === undefined || spec === undefined ? undefined : { configuration, spec, ...entry }
}

/** One entry of `esims`. */
export function readEsim(fields: Fields): Esim | undefined {
  warnUnknownKeys(fields, ESIM_KEYS, 'esims[]')
  const iccid = requiredText(fields, 'iccid')
  const enabled = flag(fields, 'enabled')
  const source = readSource(fields)
  return iccid === undefined ? undefined : { iccid, ...withoutAbsent({ source, enabled }) }
}

function readSpec(fields: Fields): EsimSpec | undefined {
  const blocks = (['windows', 'ios'] as const).filter(
    (name) => fields.object[name] !== undefined && fields.object[name] !== null,
  )
  const [platform] = blocks
  if (platform === undefined || blocks.length > 1) {
    fault(fields, undefined, 'missing-key', 'an installed configuration has exactly one of windows and ios')
    return undefined
  }
  const said = text(fields, 'platform')?.toLowerCase()
  if (said !== undefined && said !== platform && !(said === 'ipados' && platform === 'ios')) {
    fault(fields, 'platform', 'bad-value', `platform is ${JSON.stringify(said)} beside a ${platform} block`)
  }
  const block = fieldsOf(fields.object[platform], below(fields, platform), fields.problems, fields.device)
  if (block === undefined) return undefined
  return platform === 'windows' ? readWindows(block) : readIos(block)
}

function readWindows(block: Fields): EsimSpec | undefined {
  warnUnknownKeys(block, WINDOWS_KEYS, 'installed[].windows')
  const serverName = requiredText(block, 'serverName')
  const isDiscoveryServer = flag(block, 'isDiscoveryServer') ?? false
  const autoEnable = flag(block, 'autoEnable') ?? true
  if (serverName === undefined) return undefined
  return { platform: 'windows', serverName: serverName.toLowerCase(), isDiscoveryServer, autoEnable }
}

function readIos(block: Fields): EsimSpec | undefined {
  warnUnknownKeys(block, IOS_KEYS, 'installed[].ios')
  const carrierUrl = requiredText(block, 'carrierUrl')
  return carrierUrl === undefined
    ? undefined
    : { platform: 'ios', carrierUrl: normaliseCarrierUrl(carrierUrl) }
}

function readError(fields: Fields): InstalledConfiguration['error'] {
  const error = fieldsOf(fields.object['error'], below(fields, 'error'), fields.problems, fields.device)
  if (error === undefined) return undefined
  warnUnknownKeys(error, ERROR_KEYS, 'installed[].error')
  const code = requiredText(error, 'code')
  const message = text(error, 'message') ?? ''
  const at = instant(error, 'at')
  if (at === undefined && error.object['at'] === undefined)
    fault(error, undefined, 'missing-key', 'at is missing in error')
  return code === undefined || at === undefined ? undefined : { code, message, at }
}

/** `null`, or left out: not known to be ours, and so never a reason to erase anything. */
function readSource(fields: Fields): EsimSource | undefined {
  const value = fields.object['source']
  if (value === null || value === undefined) return undefined
  const source = fieldsOf(value, below(fields, 'source'), fields.problems, fields.device)
  if (source === undefined) return undefined
  warnUnknownKeys(source, SOURCE_KEYS, 'esims[].source')
  const serverName = text(source, 'serverName')
  const carrierUrl = text(source, 'carrierUrl')
  if (serverName !== undefined && carrierUrl !== undefined) {
    fault(source, undefined, 'bad-value', 'a source has serverName or carrierUrl, not both')
  }
  const configuration = text(source, 'configuration') ?? serverName ?? carrierUrl
  if (configuration === undefined || configuration.trim() === '') {
    fault(
      source,
      undefined,
      'missing-key',
      'configuration is missing in source, and no server says where the eSIM came from',
    )
    return undefined
  }
  const onRemove = choice(source, 'onRemove', ON_REMOVE) ?? 'keep-esims'
  const identity = sourceIdentity(serverName, carrierUrl)
  return { configuration, onRemove, ...withoutAbsent({ identity, mode: choice(source, 'mode', MODES) }) }
}
