import type { Platform, Registration } from '../../domain/device.ts'
import type { ActionResult, Managed } from './rows.ts'

/** Names that `deviceActionResults` and the enumeration `remoteAction` have for one action, in lower case. */
const RETIRE = ['retire', 'removecompanyportal']
const WIPE = ['wipe', 'factoryreset']
const ESIM = ['activatedeviceesim']

function retireOf(managed: Managed): ActionResult | undefined {
  return newest(managed, RETIRE)
}

export function activationOf(managed: Managed): ActionResult | undefined {
  return newest(managed, ESIM)
}

/**
 * What the registration is (`managementState`, beta enumeration of 08/2024, and the actions under way). What is not
 * plainly managed takes no step: failed, unhealthy, discovered and values to come are `unknown`.
 */
export function registrationOf(managed: Managed): Registration {
  const [retire, wipe] = [retireOf(managed), newest(managed, WIPE)]
  if (isOver(wipe, managed)) return 'wiped'
  if (isOver(retire, managed)) return 'retired'
  switch (managed.managementState) {
    case 'managed':
      if (isOpen(wipe)) return 'wipe-pending'
      if (isOpen(retire)) return 'retire-pending'
      // One that was retired or wiped and checks in all the same: nobody knows what it is.
      return wipe?.state === 'done' || retire?.state === 'done' ? 'unknown' : 'active'
    case 'retirePending':
    case 'retireIssued':
    case 'deletePending':
      return 'retire-pending'
    case 'wipePending':
    case 'wipeIssued':
      return 'wipe-pending'
    case 'retireCanceled':
      return hasSyncedSince(managed, retire) ? 'active' : 'unknown'
    case 'wipeCanceled':
      return hasSyncedSince(managed, wipe) ? 'active' : 'unknown'
    default:
      return 'unknown'
  }
}

/** By `operatingSystem`; iPads enrolled before iPadOS had a name are told by their model. */
export function platformOf({ os, model = '' }: Pick<Managed, 'os' | 'model'>): Platform {
  const name = os.toLowerCase()
  if (name === 'windows') return 'windows'
  if (name === 'ipados' || (name === 'ios' && /^ipad/i.test(model))) return 'ipados'
  return name === 'ios' ? 'ios' : 'other'
}

function newest({ actions = [] }: Managed, names: readonly string[]): ActionResult | undefined {
  return actions
    .filter(({ name }) => names.includes(name))
    .toSorted((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0))
    .at(-1)
}

function isOpen(action: ActionResult | undefined): boolean {
  return action?.state === 'pending' || action?.state === 'active'
}

function isOver(action: ActionResult | undefined, { lastSyncAt = -Infinity }: Managed): boolean {
  return action?.state === 'done' && lastSyncAt <= (action.updatedAt ?? -Infinity)
}

function hasSyncedSince({ lastSyncAt = -Infinity }: Managed, action: ActionResult | undefined): boolean {
  return lastSyncAt > (action?.updatedAt ?? Infinity)
}
