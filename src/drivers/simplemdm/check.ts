import type { Check } from '../../domain/check.ts'
import { connect, PAGE_SIZE } from './client.ts'
import type { SimpleMdmOptions } from './options.ts'

/** Is SimpleMDM there, does it take the key, and may that read devices? Throws `driver-unreachable` if not. Only reads. */
export async function checkSimpleMdm(options: SimpleMdmOptions): Promise<readonly Check[]> {
  const { client, exchange } = connect(options)
  await using _ = exchange
  await client.reach()
  const { devices, more } = await client.devices()
  const count = more ? `${PAGE_SIZE} devices and more` : `${devices.length} devices`
  return [{ result: 'ok', message: `SimpleMDM answers, and takes the API key: ${count}` }]
}
