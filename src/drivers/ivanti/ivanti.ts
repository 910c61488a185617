import type { Command, Driver } from '../../domain/driver.ts'
import { MINUTE, type Clock, type Duration } from '../../domain/time.ts'
import { readAddress } from '../../exchange/address.ts'
import { openExchange, type ExchangeOptions } from '../../exchange/exchange.ts'
import { capabilitiesOf } from './capabilities.ts'
import type { Works } from './carry.ts'
import { openClient } from './client.ts'
import { look, observe, type Alone } from './inventory.ts'
import { openNotebook } from './notebook.ts'
import { outcome } from './outcome.ts'
import { submit } from './submit.ts'
import { checkTargeting, type Targeting } from './targeting.ts'

export type IvantiOptions = {
  readonly name: string
  /** The SQLite file of the driver's own. */
  readonly path: string
  readonly clock: Clock
  /** Of the tenant's cluster: https://eu1.mobileiron.com. */
  readonly address: string
  readonly user: string
  readonly password: () => string
  /** Id of the device space; default the tenant's default one. */
  readonly space?: string
  readonly targeting: Targeting
  /** A device has heard of a change when it checked in this long after it; default 15 minutes. */
  readonly heardAfter?: Duration
  /** `trust`: the ICCIDs on a device's record are taken for its eSIMs. Default `ignore`. */
  readonly iccids?: 'ignore' | 'trust'
} & Pick<ExchangeOptions, 'ca' | 'perSecond' | 'connections' | 'answerWithin' | 'random'>

/** No number is published for most calls; what is, begins at 100 a minute for everybody in a cluster. */
const PER_SECOND = 2
const HEARD_AFTER: Duration = 15 * MINUTE

/**
 * Opens the driver for devices in Ivanti Neurons for MDM. Throws `settings` for an address it would not send credentials
 * to and for targeting that could go wrong, `driver-unreachable` or `store-newer` for its file. Nothing is sent yet.
 */
export async function openIvanti(options: IvantiOptions): Promise<Driver> {
  const {
    name,
    path,
    clock,
    user,
    password,
    targeting,
    heardAfter = HEARD_AFTER,
    iccids = 'ignore',
  } = options
  const address = readAddress(options.address, `driver ${name}`)
  checkTargeting(name, targeting)
  const stack = new AsyncDisposableStack()
  const notebook = stack.use(openNotebook(path, name))
  const authorization = (): string => `Basic ${Buffer.from(`${user}:${password()}`).toString('base64')}`
  const exchange = stack.use(openExchange({ perSecond: PER_SECOND, ...options, address, authorization }))
  const client = openClient(name, exchange, options.space)
  const works: Works = { driver: name, targeting, heardAfter, iccids, client, notebook, clock }
  const capabilities = capabilitiesOf(targeting.resetAttribute)
  const alone = openAlone()
  return {
    name,
    capabilities,
    observe: (cursor) => observe(works, alone, cursor),
    look: (id) => look(works, alone, id),
    submit: (command: Command) => alone(command.device.id, () => submit(works, capabilities, command)),
    outcome: (command: Command) => alone(command.device.id, () => outcome(works, command)),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** One at a time for each device: attributes are read, merged and written as a whole. */
function openAlone(): Alone {
  const last = new Map<string, Promise<unknown>>()
  return async (device, work) => {
    const before = last.get(device) ?? Promise.resolve()
    const mine = before.then(work, work)
    last.set(device, mine)
    try {
      return await mine
    } finally {
      if (last.get(device) === mine) last.delete(device)
    }
  }
}
