import type { Check } from '../../domain/check.ts'
import { PRIVILEGES } from './client.ts'
import { connect } from './connect.ts'
import { uuid } from './device.ts'
import { isUnreachable } from './judged.ts'
import type { JamfOptions } from './options.ts'

/** The id of no command. */
const NOBODY = '00000000-0000-4000-8000-000000000000'

/**
 * Is Jamf Pro there, does it take the API client, and may that read devices and commands? Only reads; whether it may send
 * cannot be tried without sending. Throws `driver-unreachable` for what no more can be told of.
 */
export async function checkJamf(options: JamfOptions): Promise<readonly Check[]> {
  const { client, exchange } = connect(options)
  await using _ = exchange
  const version = await client.version()
  const { total } = await client.page(0)
  const found: Check[] = [
    {
      result: 'ok',
      message: `${options.address} answers, Jamf Pro ${version}, and takes the API client: ${total} mobile devices`,
    },
  ]
  const id = uuid(NOBODY)
  try {
    if (id !== undefined) await client.command(id)
    found.push({ result: 'ok', message: 'the API client may read what became of commands' })
  } catch (error) {
    if (!isUnreachable(error)) throw error
    const message = 'what became of commands cannot be read, so that nothing can be installed'
    found.push({ result: 'fail', message, hint: `Give its API role "${PRIVILEGES.commands}".` })
  }
  return found
}
