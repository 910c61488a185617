import type { EsimConfiguration, Mode } from '../domain/desired.ts'
import type { EsimSpec } from '../domain/esim.ts'
import type { Address } from './addresses.ts'
import { readCarrierUrl, readServerName } from './addresses.ts'
import { chosen } from './chosen.ts'
import { readDistribution, readRedownload } from './distribution.ts'
import type { Reading } from './reading.ts'
import { readNamed } from './reading.ts'
import type { Tell } from './tell.ts'
import { invalid } from './tell.ts'
import type { Read, Tree } from './tree.ts'
import { flagOf, isNull, itemsAt, keyAt, textOf, valueAt, wholeOf } from './tree.ts'

/** An EsimConfiguration by itself: where it says no mode, the Policy's will count. */
export type WrittenConfiguration = Omit<EsimConfiguration, 'mode'> & { readonly mode?: Mode }

/** An EsimConfiguration with its defaults filled in (contracts.md section 1), but for the mode. */
export function readConfiguration(read: Read, reading: Reading): WrittenConfiguration {
  const spec = valueAt(read.root, 'spec')
  const named = readNamed(read, reading.tell)
  const enabled = flagOf(valueAt(spec, 'enabled')) ?? true
  const mode = chosen(valueAt(spec, 'mode'), ['observe', 'propose', 'enforce'], undefined)
  return {
    ...named,
    enabled,
    spec: readSpec(read, reading.tell),
    distribution: readDistribution(spec, { name: named.name, enabled }, reading),
    priority: wholeOf(valueAt(spec, 'priority')) ?? 100,
    onRemove: chosen(valueAt(spec, 'onRemove'), ['keep-esims', 'erase-all-esims'], 'keep-esims'),
    redownloads: itemsAt(spec, 'redownload').flatMap((entry) => readRedownload(entry, named.name, reading)),
    ...(mode !== undefined && { mode }),
  }
}

const NO_SPEC: EsimSpec = { platform: 'windows', serverName: '', isDiscoveryServer: false, autoEnable: true }

function readSpec(read: Read, tell: Tell): EsimSpec {
  const spec = valueAt(read.root, 'spec')
  const specKey = keyAt(read.root, 'spec')
  // Absent, or no mapping: the schema tells it.
  if (spec === undefined || specKey === undefined || (spec.kind !== 'map' && !isNull(spec))) return NO_SPEC
  const windows = keyAt(spec, 'windows')
  const ios = keyAt(spec, 'ios')
  if (windows === undefined && ios === undefined) {
    const notes = [{ label: 'expected', text: 'exactly one of windows, ios' }]
    tell(invalid('missing-key', specKey, 'the configuration is for no platform', { rule: 'S3', notes }))
    return NO_SPEC
  }
  if (windows !== undefined && ios !== undefined) {
    const hint = 'make it two configurations; they may share their groups'
    tell(invalid('bad-value', ios, 'one configuration cannot be for windows and ios', { rule: 'S3', hint }))
    return NO_SPEC
  }
  const platform = windows === undefined ? 'ios' : 'windows'
  checkPlatform(valueAt(spec, 'platform'), platform, tell)
  const block = valueAt(spec, platform)
  return platform === 'windows' ? readWindows(block, tell) : readIos(block, tell)
}

function checkPlatform(tree: Tree | undefined, block: string, tell: Tell): void {
  const platform = textOf(tree)
  if (tree === undefined || platform === undefined || platform === block) return
  if (platform !== 'windows' && platform !== 'ios') return
  const hint = `write platform: ${block}, or leave it out: the block decides`
  tell(
    invalid('bad-value', tree, `platform is ${platform}, but the block below is ${block}`, {
      rule: 'S3',
      hint,
    }),
  )
}

function readWindows(block: Tree | undefined, tell: Tell): EsimSpec {
  return {
    platform: 'windows',
    serverName: readAddress(valueAt(block, 'serverName'), 'serverName', tell),
    isDiscoveryServer: flagOf(valueAt(block, 'isDiscoveryServer')) ?? false,
    autoEnable: flagOf(valueAt(block, 'autoEnable')) ?? true,
  }
}

function readIos(block: Tree | undefined, tell: Tell): EsimSpec {
  return { platform: 'ios', carrierUrl: readAddress(valueAt(block, 'carrierUrl'), 'carrierUrl', tell) }
}

function readAddress(tree: Tree | undefined, key: 'serverName' | 'carrierUrl', tell: Tell): string {
  const text = textOf(tree)
  if (tree === undefined || text === undefined) return ''
  const address: Address = key === 'serverName' ? readServerName(text) : readCarrierUrl(text)
  if ('address' in address) return address.address
  const [what, rule, why] =
    key === 'serverName'
      ? [
          'a bare host name',
          'S4',
          `Windows takes ${address.what}, contacts nobody, and the console stays green`,
        ]
      : ['an absolute URL', 'S1', 'the device takes it, contacts nobody, and waits for ever']
  tell(
    invalid('bad-value', tree, `${key} must be ${what}, ${address.problem}`, {
      rule,
      notes: [
        ...(address.write === undefined ? [] : [{ label: 'write', text: `${key}: ${address.write}` }]),
        { label: 'why', text: why },
      ],
    }),
  )
  return ''
}
