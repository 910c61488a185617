import { instantOf, objectOf, textOf, withoutAbsent } from './json.ts'
import type { ActionResult, Managed } from './rows.ts'

/**
 * What is asked of a managedDevice. From /beta, for `managementState` and `skuFamily` are in no other version, and
 * without the former nobody can tell a device that is being retired.
 */
const PROPERTIES = [
  'id',
  'deviceName',
  'userPrincipalName',
  'operatingSystem',
  'osVersion',
  'skuFamily',
  'model',
  'serialNumber',
  'imei',
  'azureADDeviceId',
  'managedDeviceOwnerType',
  'deviceEnrollmentType',
  'enrolledDateTime',
  'lastSyncDateTime',
  'managementState',
  'deviceActionResults',
  'deviceCategoryDisplayName',
]
/** These Graph fills only where one device is asked for (and `hardwareInformation` only in /beta). */
const DETAILS = ['iccid', 'hardwareInformation']

const DEVICES = '/deviceManagement/managedDevices'

/** Path of a list; `filter` is an OData expression. */
export function listPath(top: number, filter?: string): string {
  const query = [`$top=${top}`, `$select=${PROPERTIES.join(',')}`]
  if (filter !== undefined) query.push(`$filter=${encodeURIComponent(filter)}`)
  return `/beta${DEVICES}?${query.join('&')}`
}

/** Path of one device with all that is asked of it, below the version (`/beta`). */
export function detailPath(id: string): string {
  return `${DEVICES}/${id}?$select=${[...PROPERTIES, ...DETAILS].join(',')}`
}

/** An id that Intune could have given. */
export function isDeviceId(id: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)
}

/** A managedDevice; `undefined` when it is none: then the page it came on is not whole. */
export function readManaged(value: unknown): Managed | undefined {
  const json = objectOf(value)
  const id = textOf(json?.['id'])
  if (json === undefined || id === undefined || !isDeviceId(id)) return undefined
  const enrolment = textOf(json['deviceEnrollmentType'])
  return {
    id,
    os: textOf(json['operatingSystem']) ?? '',
    managementState: textOf(json['managementState']) ?? 'unknown',
    ...withoutAbsent({
      name: textOf(json['deviceName']),
      user: textOf(json['userPrincipalName']),
      osVersion: textOf(json['osVersion']),
      edition: textOf(json['skuFamily']),
      model: textOf(json['model']),
      serialNumber: textOf(json['serialNumber']),
      imei: textOf(json['imei']),
      iccid: textOf(json['iccid'])?.replace(/f$/i, ''),
      eid: eidOf(objectOf(json['hardwareInformation'])?.['esimIdentifier']),
      entraId: entraIdOf(json['azureADDeviceId']),
      ownership: ownershipOf(json['managedDeviceOwnerType']),
      userEnrolled: enrolment === undefined ? undefined : /userenrollment|byod/i.test(enrolment),
      enrolledAt: instantOf(json['enrolledDateTime']),
      lastSyncAt: instantOf(json['lastSyncDateTime']),
      actions: actionsOf(json['deviceActionResults']),
      category: categoryOf(json['deviceCategoryDisplayName']),
    }),
  }
}

/** Only 32 digits are an EID; old builds give a hash. */
function eidOf(value: unknown): string | undefined {
  const text = textOf(value)
  return text !== undefined && /^\d{32}$/.test(text) ? text : undefined
}

/** Devices that Entra does not know have a GUID of zeros. */
function entraIdOf(value: unknown): string | undefined {
  const text = textOf(value)
  return text === undefined || !isDeviceId(text) || /^[0-]+$/.test(text) ? undefined : text.toLowerCase()
}

function ownershipOf(value: unknown): Managed['ownership'] {
  return value === 'company' || value === 'personal' ? value : undefined
}

function categoryOf(value: unknown): string | undefined {
  const text = textOf(value)
  return text === 'Unknown' ? undefined : text
}

function actionsOf(value: unknown): readonly ActionResult[] | undefined {
  if (!Array.isArray(value)) return undefined
  return value.flatMap((each) => {
    const json = objectOf(each)
    const name = textOf(json?.['actionName'])
    if (json === undefined || name === undefined) return []
    return [
      {
        name: name.toLowerCase(),
        state: textOf(json['actionState']) ?? 'none',
        ...withoutAbsent({
          startedAt: instantOf(json['startDateTime']),
          updatedAt: instantOf(json['lastUpdatedDateTime']),
          carrierUrl: textOf(json['carrierUrl']),
        }),
      },
    ]
  })
}
