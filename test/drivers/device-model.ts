import { specAddress } from '../../src/domain/esim.ts'
import type { Command } from '../../src/domain/driver.ts'
import type { LogEntry } from '../../src/drivers/simulator/log.ts'

type Named = { readonly name: string; readonly address: string }

/** A device as planning.md section 2 has it, told anew: names and addresses only. */
export type DeviceModel = {
  readonly windows: boolean
  readonly active: boolean
  readonly installed: readonly Named[]
  readonly esims: readonly Named[]
}

/** An active device with nothing on it. */
export function bareModel(windows: boolean): DeviceModel {
  return { windows, active: true, installed: [], esims: [] }
}

/** The model after one line of the device's log; throws when that line could not have come about. */
export function follow(model: DeviceModel, entry: LogEntry, told: Command): DeviceModel {
  const name = told.configuration ?? ''
  const address = told.spec === undefined ? '' : specAddress(told.spec)
  const blocked = model.windows && model.esims.some((esim) => esim.name === name || esim.address === address)
  const has = model.installed.some((other) => other.address === address)
  const others = model.installed.filter((other) => other.address !== address)
  must(model.active, 'a device that is not active did something')
  if (entry.code === 'already-downloaded') must(blocked, 'an install failed over nothing')
  if (entry.code === 'not-installed') must(!has, 'what is installed was not found')
  if (entry.result !== 'done') return model
  switch (entry.kind) {
    case 'install':
      must(!blocked, 'an install went through over a blocking eSIM')
      return {
        ...model,
        installed: [...others.filter((other) => other.name !== name), { name, address }],
        esims: [...model.esims, { name, address }],
      }
    case 'update':
      must(has, 'what is not installed was updated')
      return { ...model, installed: [...others, { name, address }] }
    case 'uninstall':
      must(has, 'what is not installed was uninstalled')
      return { ...model, installed: others }
    case 'reset':
      must(model.windows, 'an iPhone had an eSIM reset')
      return { ...model, esims: [] }
    case 'retire':
      return { ...model, active: false }
    case 'delete-record':
    default:
      throw new Error('no record was to be deleted')
  }
}

function must(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise)
}
