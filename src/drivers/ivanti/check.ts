import type { Check } from '../../domain/check.ts'
import { readAddress } from '../../exchange/address.ts'
import { openExchange } from '../../exchange/exchange.ts'
import { openClient } from './client.ts'
import type { IvantiOptions } from './ivanti.ts'
import { checkTargeting } from './targeting.ts'

/**
 * Is the tenant there, and does it let the user see devices? Only reads. What the roles of the user allow beyond that
 * the MDM does not tell. Throws `settings` for targeting that could go wrong, `driver-unreachable` for what no more can
 * be told of.
 */
export async function checkIvanti(options: IvantiOptions): Promise<readonly Check[]> {
  const { name, user, password, targeting, space } = options
  const address = readAddress(options.address, `driver ${name}`)
  checkTargeting(name, targeting)
  const authorization = (): string => `Basic ${Buffer.from(`${user}:${password()}`).toString('base64')}`
  await using exchange = openExchange({ ...options, address, authorization })
  const page = await openClient(name, exchange, space).devices(0, 1)
  if (page.kind === 'throttled') {
    const hint = 'Ask again later; others use the same account, or the whole cluster is busy.'
    return [{ result: 'warn', message: `${options.address} wants to be left alone`, hint }]
  }
  const found = `${options.address} answers and lets ${user} in: ${page.value.total} devices`
  const values = Object.keys(targeting.configurations)
  const console = `set up in the console, as far as the settings say: ${values.join(', ')}`
  return [
    { result: 'ok', message: found },
    { result: 'ok', message: console },
  ]
}
