import type { NotAdopted } from '../desired/adopting.ts'
import type { EsimConfiguration } from '../domain/desired.ts'
import type { DeviceRecord } from '../domain/device.ts'
import { sameFlags, specAddress, specIdentity, type EsimSpec } from '../domain/esim.ts'
import type { DriftCause } from '../domain/journal.ts'
import { decide, type Decision } from '../plan/decide.ts'
import { eidOf, serialOf } from '../plan/identity.ts'
import { isPresent, viewOf } from '../plan/view.ts'
import type { Looked } from './adopt-fleet.ts'

type Why = Pick<NotAdopted, 'why' | 'hint'>
export type Has = { readonly has: EsimSpec | 'nothing' } | Why

const REPAIR = 'Let the desired state stand: simplane plan shows what follows.'
const LOOK = 'Wait until the device has checked in, and look again with simplane explain DEVICE.'

/** Drift that says nothing about what somebody wants. */
const NO_WISH: Readonly<Partial<Record<DriftCause, Why>>> = {
  'disabled-on-device': {
    why: 'its eSIM is there and switched off, and no desired state can say so',
    hint: 'Ask the user, or let it be.',
  },
  're-enrolled': { why: 'it was enrolled again, and nobody has chosen what it has now', hint: REPAIR },
  failed: {
    why: 'what git wants was tried and failed: that is trouble, and no wish',
    hint: 'simplane explain DEVICE says what failed, simplane retry tries again.',
  },
  'never-applied': { why: 'it never had what git wants', hint: LOOK },
}

/**
 * What a drifted device has, where that is certain and can be said in the desired state; else why not. `configuration`:
 * what git wants there.
 */
export function whatItHas(looked: Looked, configuration: EsimConfiguration | undefined): Has {
  const { record, item, hardware, steps } = looked
  const cause = item.device.status.drift?.cause
  if (cause === undefined || record.registration !== 'active')
    return { why: 'it does not contradict the desired state', hint: 'There is nothing to adopt of it.' }
  const none = NO_WISH[cause]
  if (none !== undefined) return none
  if (configuration === undefined)
    return {
      why: 'git wants no configuration there, and who is to get what it has is not said anywhere',
      hint: 'Write who gets it, or let the desired state stand.',
    }
  if (item.device.goneSince !== undefined)
    return { why: 'the MDM does not list it any more', hint: 'Wait until it is back, or gone for good.' }
  if (hardware.ambiguous !== undefined)
    return { why: hardware.ambiguous, hint: 'Tidy the records in the MDM first.' }
  if (item.underWay)
    return {
      why: 'a step of it is under way: what it will have is not known',
      hint: 'Wait until it is settled.',
    }
  if (record.installed === 'unknown' || record.esims === 'unknown')
    return { why: 'what is installed on it, or which eSIMs it holds, is not known', hint: LOOK }
  if (record.installed.some(({ state }) => state === 'pending' || state === 'removing'))
    return { why: 'something is just being installed or removed there', hint: LOOK }
  if (steps.length === 0)
    return {
      why: 'what is recorded now does not contradict the desired state any more',
      hint: 'Nothing is to do.',
    }
  return cause === 'changed-outside' ? otherSpec(record, configuration) : nothing(record, configuration)
}

function otherSpec(record: DeviceRecord, configuration: EsimConfiguration): Has {
  const present = record.installed === 'unknown' ? [] : record.installed.filter(isPresent)
  const [entry] = present
  if (entry === undefined || present.length > 1)
    return {
      why: `${present.length} configurations are installed on it, and which of them is wanted is not known`,
      hint: 'Take off what is not wanted, in the console or by the desired state.',
    }
  const { spec } = entry
  if (spec.platform !== configuration.spec.platform)
    return { why: 'what is installed there is for another platform', hint: LOOK }
  if (specIdentity(spec) === specIdentity(configuration.spec) && sameFlags(spec, configuration.spec))
    return { why: 'it has what git says, and something else besides', hint: REPAIR }
  const view = viewOf(record, { ...configuration, spec })
  if (view.cEsims.length === 0) return noEsim(view.foreignEsims.length > 0, spec)
  const decision = decide(record, { kind: 'configuration', configuration: { ...configuration, spec } })
  const follows = whatFollows(decision)
  if (follows !== undefined)
    return { why: `to adopt ${specAddress(spec)} would not leave it alone: ${follows}`, hint: REPAIR }
  return { has: spec }
}

function noEsim(foreign: boolean, spec: EsimSpec): Why {
  const address = specAddress(spec)
  if (foreign)
    return {
      why: `${address} is installed, but the eSIM it holds is of unknown origin`,
      hint: 'Look where it came from: simplane explain foreign-esim.',
    }
  return { why: `${address} is installed, but no eSIM of it is listed there`, hint: REPAIR }
}

function nothing(record: DeviceRecord, configuration: EsimConfiguration): Has {
  if (!record.esimsComplete)
    return { why: 'its list of eSIMs is not complete: it cannot show that none is there', hint: LOOK }
  const view = viewOf(record, configuration)
  if (view.cEsims.length + view.earlierEsims.length > 0)
    return { why: `an eSIM of ${configuration.name} is there`, hint: REPAIR }
  const follows = whatFollows(decide(record, { kind: 'nothing' }))
  if (follows !== undefined)
    return {
      why: `to except it from ${configuration.name} would not leave it alone: ${follows}`,
      hint: 'Take it off in the console, or write the exception yourself: then it is taken off.',
    }
  return { has: 'nothing' }
}

/** The first thing that would be done; `undefined`: it is as wanted. */
export function whatFollows(decision: Decision): string | undefined {
  const { uninstalls, reset, install, update, finish, resetImpossible, removing } = decision
  if (removing) return 'an uninstall is under way'
  const [first] = [...uninstalls, reset, install, update, finish].filter((each) => each !== undefined)
  return first?.because ?? resetImpossible
}

/** How a device is named in a document: what stays with the hardware before what the MDM calls it. */
export function referenceOf(record: DeviceRecord): string {
  if (serialOf(record) !== undefined) return `serial:${record.serialNumber?.trim() ?? ''}`
  return eidOf(record) === undefined ? `id:${record.key}` : `eid:${record.eid?.trim() ?? ''}`
}
