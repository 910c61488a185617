import type { Check } from '../../domain/check.ts'
import { readAddress } from '../../exchange/address.ts'
import { openExchange } from '../../exchange/exchange.ts'
import { openClient } from './client.ts'
import type { FleetOptions } from './fleet.ts'

/** Before this version Fleet took nothing off a Windows device when a profile went. */
const REMOVES = [4, 84] as const

/**
 * Is Fleet there, does it take the token, and has it the licence that the settings count on? Only reads. Throws
 * `driver-unreachable` for what no more can be told of.
 */
export async function checkFleet(options: FleetOptions): Promise<readonly Check[]> {
  const { name, token, base = '/api/v1/fleet', apiNames = 'teams', premium = false } = options
  const address = readAddress(options.address, `driver ${name}`)
  await using exchange = openExchange({ ...options, address, authorization: () => `Bearer ${token()}` })
  const client = openClient({ driver: name, base, names: apiNames, exchange })
  const version = await client.version()
  const count = await client.count()
  const found: Check[] = [
    {
      result: 'ok',
      message: `${options.address} answers, Fleet ${version?.join('.') ?? 'of no release'}, and takes the token: ${count} hosts`,
    },
  ]
  const isPremium = await client.isPremium()
  if (premium && !isPremium) {
    const message = 'the settings say premium, and its licence is another: nothing is installed on Windows'
    found.push({ result: 'fail', message, hint: 'Take premium out of the settings, or get Fleet Premium.' })
  }
  if (premium && version !== undefined && isBefore(version, REMOVES)) {
    const message = `before ${REMOVES.join('.')} Fleet takes nothing off a Windows device`
    found.push({ result: 'warn', message, hint: 'Bring Fleet up to date before anything is uninstalled.' })
  }
  return found
}

function isBefore(version: readonly [number, number], other: readonly [number, number]): boolean {
  return version[0] < other[0] || (version[0] === other[0] && version[1] < other[1])
}
