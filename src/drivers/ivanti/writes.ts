import type { Command } from '../../domain/driver.ts'
import type { Works } from './carry.ts'
import type { Attributes, IvantiDevice } from './device.ts'
import { hasHeard } from './facts.ts'
import type { Memory } from './rows.ts'
import { heldValue, NOTHING, RESET, valueFor } from './targeting.ts'

/**
 * What is written to the device's attributes for a command. The same value again would change nothing: what a device has
 * already is taken from it first (S16). So is what it had until another changed the attribute, where an eSIM that should
 * show does not: whether the device heard of that change is not known.
 */
export function writesFor(
  works: Works,
  command: Command,
  device: IvantiDevice,
  memory: Memory,
): readonly Attributes[] {
  const { targeting, heardAfter, iccids } = works
  const { attribute, resetAttribute } = targeting
  const nothing = { [attribute]: NOTHING }
  if (command.kind === 'uninstall') return [nothing]
  if (command.kind === 'reset' && resetAttribute !== undefined)
    return [{ [resetAttribute]: RESET }, { [resetAttribute]: NOTHING }]
  const value = command.spec === undefined ? undefined : valueFor(targeting, command.spec)
  if (value === undefined) throw new Error(`a ${command.kind} has nothing to write`)
  const isSame = heldValue(targeting, device.attributes ?? {}) === value
  const { assigned } = memory
  const mayHave = isSame || (iccids === 'trust' && assigned?.value === value)
  const isOnItsWay =
    assigned?.value === value && !hasHeard(device.lastCheckin, assigned.changedAt, heardAfter)
  return mayHave && !isOnItsWay ? [nothing, { [attribute]: value }] : [{ [attribute]: value }]
}
