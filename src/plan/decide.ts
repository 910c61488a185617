import type { EsimConfiguration } from '../domain/desired.ts'
import { canReset, isApple, type DeviceRecord, type InstalledConfiguration } from '../domain/device.ts'
import { sameFlags, specAddress } from '../domain/esim.ts'
import { compareText, sortedUnique } from '../domain/text.ts'
import type { Instant } from '../domain/time.ts'
import { eraseEsims, isPresent, viewOf, type View } from './view.ts'

/** The one thing wanted of a device, with the document it comes from. */
export type Goal =
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'configuration'
      readonly configuration: EsimConfiguration
      readonly redownload?: Instant
    }
  | {
      readonly kind: 'retirement'
      readonly retirement: string
      readonly finish: 'by-hand' | 'in-mdm'
      readonly named: boolean
    }

export type Reason = { readonly rule: string; readonly because: string }

/** Why a reset is needed; also which `unknownEsims` of the Policy speaks about it. */
export type ResetCause = 'redownload' | 'erase' | 'retirement'

/** What has to happen on the device, before anybody asks whether it may. */
export type Decision = {
  readonly goal: Goal
  readonly view: View
  readonly uninstalls: readonly (Reason & { readonly entry: InstalledConfiguration })[]
  readonly reset?: Reason & { readonly causes: readonly ResetCause[]; readonly configuration?: string }
  /** A reset is needed and this device has none (Windows 10, unknown version): nothing after the uninstalls. */
  readonly resetImpossible?: string
  readonly install?: Reason & { readonly configuration: EsimConfiguration; readonly redownload?: Instant }
  readonly update?: Reason & { readonly configuration: EsimConfiguration }
  readonly finish?: Reason & { readonly kind: 'release' | 'retire'; readonly retirement: string }
  /** An uninstall is under way: what comes after uninstalling waits. */
  readonly removing: boolean
}

/** The decision table of planning.md section 3 for an active, eligible device without pending entries. */
export function decide(device: DeviceRecord, goal: Goal): Decision {
  const view = viewOf(device, goal.kind === 'configuration' ? goal.configuration : undefined)
  const removing = [...view.c, ...view.oldC, ...view.others].some((entry) => entry.state === 'removing')
  if (isApple(device.platform)) return { goal, view, removing, ...decideApple(goal, view) }
  const decided = decideWindows(device, goal, view)
  if (decided.reset === undefined || canReset(device)) return { goal, view, removing, ...decided }
  const { uninstalls } = decided
  return { goal, view, removing, uninstalls, resetImpossible: decided.reset.because }
}

type Needs = Omit<Decision, 'goal' | 'view' | 'removing'>

function decideWindows(device: DeviceRecord, goal: Goal, view: View): Needs {
  if (goal.kind === 'retirement') return decideRetirement(device, goal, view)
  const erase = eraseReason(device, view, goal)
  const uninstalls = unwanted(view).map((entry) => ({ entry, ...uninstallReason(entry) }))
  if (goal.kind === 'nothing') {
    return { uninstalls, ...(erase === undefined ? {} : { reset: { ...erase, causes: ['erase'] } }) }
  }
  const { configuration } = goal
  const fresh = freshAsked(goal, view)
  const installed = view.c.some(isPresent)
  const needsInstall = fresh !== undefined || (view.cEsims.length === 0 && (view.complete || !installed))
  const blocked = needsInstall ? blockReason(view, configuration, fresh) : undefined
  const causes: ResetCause[] = [
    ...(erase === undefined ? [] : ['erase' as const]),
    ...(blocked === undefined ? [] : ['redownload' as const]),
  ]
  const why = erase ?? blocked
  const reset =
    why === undefined ? undefined : { ...why, causes, configuration: why.configuration ?? configuration.name }
  if (needsInstall || reset !== undefined) {
    const install = {
      configuration,
      ...installReason(view, configuration, fresh, reset !== undefined),
      ...served(goal),
    }
    return { uninstalls, install, ...(reset === undefined ? {} : { reset }) }
  }
  return { uninstalls: [...uninstalls, ...formerEntries(view)], ...flagUpdate(view, configuration) }
}

/** The redownload that an install now serves: asked or not, it is remembered as served. */
function served(goal: Goal & { kind: 'configuration' }): { redownload?: Instant } {
  return goal.redownload === undefined ? {} : { redownload: goal.redownload }
}

/** Entries to take off, by name: the order in which a device lists them decides nothing. */
function unwanted(view: View): InstalledConfiguration[] {
  return view.others.filter(isOurs).sort((a, b) => compareText(a.configuration, b.configuration))
}

function isOurs(entry: InstalledConfiguration): boolean {
  return entry.managed && entry.state !== 'removing'
}

/** Ordered, never "different from before": a revert must not reset a fleet a second time. */
function freshAsked(goal: Goal & { kind: 'configuration' }, view: View): Instant | undefined {
  const { redownload } = goal
  const times = view.c.filter(isPresent).flatMap((entry) => entry.installedAt ?? [])
  if (redownload === undefined || times.length === 0) return undefined
  return redownload > Math.max(...times) ? redownload : undefined
}

function eraseReason(
  device: DeviceRecord,
  view: View,
  goal: Goal,
): (Reason & { configuration: string }) | undefined {
  const [configuration] = sortedUnique(
    eraseEsims(view, device).flatMap((esim) => esim.source?.configuration ?? []),
  )
  if (configuration !== undefined) {
    return {
      configuration,
      rule: 'S21',
      because: `an eSIM of ${configuration} is there, which leaves with erase-all-esims`,
    }
  }
  if (view.complete) return undefined
  const wanted = goal.kind === 'configuration' ? goal.configuration.name : undefined
  const installed = view.others.filter(owesErasure).map((entry) => entry.configuration)
  const [owed] = sortedUnique([...installed, ...device.eraseOwed.filter((name) => name !== wanted)])
  if (owed === undefined) return undefined
  return {
    configuration: owed,
    rule: 'S21',
    because: `${owed} leaves with erase-all-esims, and what the eUICC holds is not fully known`,
  }
}

/** Taken off, its eSIMs are to be erased: an installed one may have downloaded, a failed one has not. */
function owesErasure(entry: InstalledConfiguration): boolean {
  return entry.managed && isPresent(entry) && entry.onRemove === 'erase-all-esims'
}

/** What stands in the way of a download (S15, S16). */
function blockReason(
  view: View,
  configuration: EsimConfiguration,
  fresh: Instant | undefined,
): (Reason & { configuration?: string }) | undefined {
  const address = specAddress(configuration.spec)
  if (view.cEsims.length > 0)
    return { rule: 'S16', because: `a fresh download is asked, and the eSIM of ${address} blocks it` }
  if (view.earlierEsims.length > 0) return { rule: 'S16', because: 'an eSIM of the former server is there' }
  if (view.complete) return undefined
  if (fresh !== undefined && view.c.some(isPresent)) {
    return { rule: 'S16', because: 'a fresh download is asked, and what the eUICC holds is not fully known' }
  }
  if (!view.oldC.some(isPresent)) return undefined
  return { rule: 'S16', because: 'its server changed, and what the eUICC holds is not fully known' }
}

function installReason(
  view: View,
  configuration: EsimConfiguration,
  fresh: Instant | undefined,
  afterReset: boolean,
): Reason {
  const { name } = configuration
  if (fresh !== undefined) return { rule: 'S16', because: `a redownload of ${name} asks for a fresh eSIM` }
  if (afterReset) return { rule: 'S16', because: `downloads the eSIM of ${name} once the eUICC is empty` }
  if (view.c.some(isPresent)) return { rule: 'S19', because: `${name} is installed and its eSIM is gone` }
  if (view.oldC.length > 0)
    return { rule: 'S16', because: `${name} names another server than the one installed` }
  if (!view.complete)
    return {
      rule: 'S32',
      because: `${name} is wanted; whether its eSIM is there is not known, so it is tried and judged by proof`,
    }
  return { rule: 'S8', because: `${name} is wanted here and neither it nor its eSIM is` }
}

function uninstallReason(entry: InstalledConfiguration): Reason {
  if (entry.onRemove === 'erase-all-esims') {
    return {
      rule: 'S21',
      because: `${entry.configuration} is not wanted here any more and leaves with erase-all-esims`,
    }
  }
  return { rule: 'S20', because: `${entry.configuration} is not wanted here any more` }
}

/** Old C goes by itself when no install replaces it. */
function formerEntries(view: View): (Reason & { entry: InstalledConfiguration })[] {
  return view.oldC.filter(isOurs).map((entry) => ({
    entry,
    rule: 'S20',
    because: `${entry.configuration} with its former server is not wanted here any more`,
  }))
}

function flagUpdate(view: View, configuration: EsimConfiguration): Pick<Needs, 'update'> {
  const entry = view.c.find((each) => each.state === 'installed')
  if (
    entry === undefined ||
    view.c.some((each) => isPresent(each) && sameFlags(each.spec, configuration.spec))
  )
    return {}
  return {
    update: {
      configuration,
      rule: 'S6',
      because: `the flags of ${configuration.name} changed; nothing is downloaded`,
    },
  }
}

function decideRetirement(device: DeviceRecord, goal: Goal & { kind: 'retirement' }, view: View): Needs {
  const uninstalls = unwanted(view).map((entry) => ({
    entry,
    rule: 'S22',
    because: `the device is to be retired; ${entry.configuration} leaves first`,
  }))
  const reset = retirementReset(device, view)
  return {
    uninstalls,
    ...(reset === undefined ? {} : { reset: { ...reset, causes: ['retirement'] } }),
    finish: finishOf(goal),
  }
}

function retirementReset(device: DeviceRecord, view: View): Reason | undefined {
  if (device.euicc === 'none') return undefined
  if (view.complete && view.listed.length === 0) return undefined
  const ours = view.listed.some((esim) => esim.source !== undefined)
  const nothingInstalled = view.installedKnown && !view.others.some(isPresent)
  if (!ours && !device.provisionedBefore && (view.complete || nothingInstalled)) return undefined
  if (ours) return { rule: 'S17', because: 'an eSIM is there and must be gone before the device is retired' }
  return {
    rule: 'S17',
    because: 'it had an eSIM of ours once, or may have one; it must be proven empty before it is retired',
  }
}

function finishOf(goal: Goal & { kind: 'retirement' }): NonNullable<Decision['finish']> {
  const { retirement } = goal
  return goal.finish === 'in-mdm'
    ? { kind: 'retire', retirement, rule: 'S17', because: `retirement ${retirement}: nothing is left on it` }
    : {
        kind: 'release',
        retirement,
        rule: 'S17',
        because: `retirement ${retirement}: nothing is left on it, a person may retire it`,
      }
}

/** iOS and iPadOS: no reset, no flags, and a configuration leaves only our record (S13, S33). */
function decideApple(goal: Goal, view: View): Needs {
  const uninstalls = unwanted(view).map((entry) => ({
    entry,
    rule: 'S33',
    because:
      goal.kind === 'retirement'
        ? `the device is to be retired; ${entry.configuration} leaves our record`
        : `${entry.configuration} is not wanted here any more`,
  }))
  if (goal.kind === 'retirement') return { uninstalls, finish: finishOf(goal) }
  if (goal.kind === 'nothing') return { uninstalls }
  const { configuration } = goal
  const fresh = freshAsked(goal, view)
  const installed = view.c.some(isPresent)
  const changed = !installed && view.oldC.some(isPresent)
  const missing = changed || (view.cEsims.length === 0 && (view.complete || !installed))
  if (fresh === undefined && !missing) return { uninstalls: [...uninstalls, ...formerEntries(view)] }
  return {
    uninstalls,
    install: { configuration, ...installReason(view, configuration, fresh, false), ...served(goal) },
  }
}
