import type { Check } from '../../domain/check.ts'
import { SimplaneError } from '../../domain/error.ts'
import { connect, type ConnectOptions } from './connect.ts'
import { checkPermissions } from './permissions.ts'

/** What is looked at besides the way to the tenant. */
export type CheckOptions = ConnectOptions & { readonly scripts?: boolean }

/** Does Entra let the application in, and may it read and do what the driver does? Reads only. */
export async function checkIntune(options: CheckOptions): Promise<readonly Check[]> {
  await using connection = connect(options)
  const { graph, token } = connection
  const signIn = await tried('the application signs in', () => token.ready())
  if (signIn.result !== 'ok') return [signIn]
  const checks = [
    signIn,
    await tried('the devices can be read', () =>
      graph.get('devices', '/beta/deviceManagement/managedDevices?$top=1&$select=id'),
    ),
    await tried('the configurations can be read', () =>
      graph.get('configurations', '/v1.0/deviceManagement/deviceConfigurations?$top=1&$select=id'),
    ),
    await tried('groups can be read', () => graph.get('groups', '/v1.0/groups?$top=1&$select=id')),
  ]
  if (options.scripts === true)
    checks.push(
      await tried('the scripts can be read', () =>
        graph.get('scripts', '/beta/deviceManagement/deviceHealthScripts?$top=1&$select=id'),
      ),
    )
  return [...checks, ...checkPermissions(token.current(), options.scripts === true)]
}

async function tried(message: string, call: () => Promise<unknown>): Promise<Check> {
  try {
    await call()
    return { result: 'ok', message }
  } catch (error) {
    if (!(error instanceof SimplaneError)) throw error
    const { hint } = error
    return { result: 'fail', message: error.message, ...(hint === undefined ? {} : { hint }) }
  }
}
