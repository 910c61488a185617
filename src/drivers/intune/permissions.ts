import type { Check } from '../../domain/check.ts'
import { objectOf, parsed } from './json.ts'

type Permission = {
  readonly name: string
  /** A greater one that holds it. */
  readonly or?: string
  /** What does not work without it. */
  readonly for: string
}

const DEVICES = 'DeviceManagementManagedDevices'
/** Application permissions of Microsoft Graph, as docs/drivers/intune.md asks for them. */
const NEEDED: readonly Permission[] = [
  { name: `${DEVICES}.Read.All`, or: `${DEVICES}.ReadWrite.All`, for: 'the inventory' },
  { name: `${DEVICES}.PrivilegedOperations.All`, for: 'retire, install on iOS, asking a device to check in' },
  { name: `${DEVICES}.ReadWrite.All`, for: 'delete-record' },
  { name: 'DeviceManagementConfiguration.ReadWrite.All', for: 'install, update and uninstall on Windows' },
  { name: 'GroupMember.ReadWrite.All', or: 'Group.ReadWrite.All', for: 'putting devices into groups' },
  { name: 'Device.ReadWrite.All', for: 'putting devices into groups' },
  { name: 'Group.Create', or: 'Group.ReadWrite.All', for: 'making those groups, unless you make them' },
]
const FOR_SCRIPTS: Permission = {
  name: 'DeviceManagementScripts.ReadWrite.All',
  for: 'the eSIM reset, and reading the eUICC',
}

/**
 * What a token allows the application. A token is meant for Graph alone, and what is in it may change: where it cannot be
 * read nothing is said of permissions.
 */
export function checkPermissions(token: string, scripts: boolean): readonly Check[] {
  const roles = rolesIn(token)
  if (roles === undefined) return []
  const needed = scripts ? [...NEEDED, FOR_SCRIPTS] : NEEDED
  const missing = needed.filter(({ name, or }) => !roles.has(name) && (or === undefined || !roles.has(or)))
  if (missing.length === 0) return [{ result: 'ok', message: 'the application has every permission' }]
  return missing.map(({ name, for: what }) => ({
    result: 'fail',
    message: `${name} is missing; without it: ${what}`,
    hint: 'Grant it under Entra > App registrations > API permissions, with consent of an administrator.',
  }))
}

function rolesIn(token: string): ReadonlySet<unknown> | undefined {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')
  const claims = objectOf(parsed(payload))
  if (claims === undefined) return undefined
  const roles = claims['roles']
  // An application that was granted nothing has no such claim.
  return new Set(Array.isArray(roles) ? (roles as readonly unknown[]) : [])
}
