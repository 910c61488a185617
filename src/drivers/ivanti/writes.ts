import type { Command } from '../../domain/driver.ts'
import type { Works } from './carry.ts'
import type { Attributes, IvantiDevice } from './device.ts'
import { hasHeard } from './facts.ts'
import type { Memory } from './rows.ts'
import { heldValue, NOTHING, RESET, valueFor } from './targeting.ts'

/**
 * What is written to the device's attributes for a command. The same value again would change nothing: what a device has
 * already is taken from it first (S16).
 */
export function writesFor(
  works: Works,
  command: Command,
  device: IvantiDevice,
  memory: Memory,
): readonly Attributes[] {
  const { targeting, heardAfter } = works
  const { attribute, resetAttribute } = targeting
  const nothing = { [attribute]: NOTHING }
  if (command.kind === 'uninstall') return [nothing]
  if (command.kind === 'reset' && resetAttribute !== undefined)
    return [{ [resetAttribute]: RESET }, { [resetAttribute]: NOTHING }]
  const value = command.spec === undefined ? undefined : valueFor(targeting, command.spec)
  if (value === undefined) throw new Error(`a ${command.kind} has nothing to write`)
  const isSame = heldValue(targeting, device.attributes ?? {}) === value
  const { assigned } = memory
  const isOnItsWay =
    assigned?.value === value && !hasHeard(device.lastCheckin, assigned.changedAt, heardAfter)
  return isSame && !isOnItsWay ? [nothing, { [attribute]: value }] : [{ [attribute]: value }]
}
